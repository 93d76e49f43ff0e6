/** Everything the gateway itself can answer with instead of an upstream's answer. */
export type Failure =
  | { readonly kind: 'bad-path'; readonly reason: string }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'bad-host' }
  | { readonly kind: 'request-too-large'; readonly limitBytes: number }
  | { readonly kind: 'upstream-unreachable' }
  | { readonly kind: 'upstream-undecodable'; readonly reason: string }
  | { readonly kind: 'upstream-too-large'; readonly limitBytes: number }
  | { readonly kind: 'upstream-too-many-values'; readonly limit: number }
  | { readonly kind: 'upstream-timeout'; readonly limitMs: number }
  | { readonly kind: 'upstream-status'; readonly status: number }
  | { readonly kind: 'upstream-draining' }
  | { readonly kind: 'upstream-closed' }
  | { readonly kind: 'bad-chain'; readonly reason: string }
  | { readonly kind: 'bad-parameter'; readonly reason: string }
  | {
      readonly kind: 'parts-failed'
      readonly status: number
      readonly parts: readonly FailedPart[]
    }
  | {
      readonly kind: 'rate-limited'
      readonly status: 429 | 503
      readonly retryAfterS: number
      readonly headers: Readonly<Record<string, string>>
    }
  | { readonly kind: 'no-limit-key' }
  | { readonly kind: 'limiter-unavailable' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'not-ready' }
  | {
      readonly kind: 'unauthorized'
      /** Values of `WWW-Authenticate`, one for each way in. */
      readonly challenges: readonly string[]
    }
  | { readonly kind: 'forbidden'; readonly reason: string; readonly challenges?: readonly string[] }
  | { readonly kind: 'keys-unavailable' }
  | { readonly kind: 'bad-body'; readonly reason: string }
  | { readonly kind: 'unsupported-body'; readonly reason: string }
  | { readonly kind: 'internal' }

/** One failed backend of a merge; `backend` is its index in the route, so that no host name leaks. */
export interface FailedPart {
  readonly backend: number
  readonly failure: Failure
}

interface Description {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The status code a failure is answered with. */
export const statusOf = (failure: Failure): number => describe(failure).status

/** A sentence about a failure that is safe to show to clients. */
export const detailOf = (failure: Failure): string => describe(failure).detail

/** The answer for a failure: `application/problem+json` (RFC 9457) with a request id. */
export function problem(failure: Failure, requestId: string): Response {
  const { status, title, detail, headers } = describe(failure)
  const body = {
    type: `urn:problem-type:cb-bridge:${failure.kind}`,
    title,
    status,
    detail,
    request_id: requestId,
    ...(failure.kind === 'parts-failed' && { parts: failure.parts.map(describePart) }),
  }
  const bytes = new TextEncoder().encode(JSON.stringify(body))
  return new Response(bytes, {
    status,
    headers: {
      ...headers,
      'content-type': 'application/problem+json',
      'content-length': String(bytes.byteLength),
      'cache-control': 'no-store',
    },
  })
}

function describePart({ backend, failure }: FailedPart): Record<string, unknown> {
  const { status, title, detail } = describe(failure)
  return { backend, status, title, detail }
}

type Of<K extends Failure['kind']> = Extract<Failure, { kind: K }>
type Descriptions = { readonly [K in Failure['kind']]: (failure: Of<K>) => Description }

const badPath = ({ reason }: { readonly reason: string }): Description => ({
  status: 400,
  title: 'Bad request path',
  detail: reason,
})
const badGateway = (detail: string): Description => ({ status: 502, title: 'Bad gateway', detail })

const DESCRIPTIONS: Descriptions = {
  'bad-path': badPath,
  'bad-parameter': badPath,
  unauthorized: ({ challenges }) => ({
    status: 401,
    title: 'Unauthorized',
    detail: 'Valid credentials are required.',
    headers: { 'www-authenticate': challenges.join(', ') },
  }),
  forbidden: ({ reason, challenges }) => ({
    status: 403,
    title: 'Forbidden',
    detail: reason,
    ...(challenges !== undefined && { headers: { 'www-authenticate': challenges.join(', ') } }),
  }),
  'keys-unavailable': () => ({
    status: 503,
    title: 'Service unavailable',
    detail: 'Tokens can not be verified at the moment.',
    headers: { 'retry-after': '5' },
  }),
  'bad-body': ({ reason }) => ({ status: 400, title: 'Bad request body', detail: reason }),
  'unsupported-body': ({ reason }) => ({
    status: 415,
    title: 'Unsupported media type',
    detail: reason,
  }),
  'not-found': () => ({ status: 404, title: 'Not found', detail: 'No route matches this path.' }),
  'method-not-allowed': ({ allow }) => ({
    status: 405,
    title: 'Method not allowed',
    detail: `This path answers ${allow.join(', ')}.`,
    headers: { allow: allow.join(', ') },
  }),
  'request-too-large': ({ limitBytes }) => ({
    status: 413,
    title: 'Request body too large',
    detail: `The limit is ${limitBytes} bytes.`,
  }),
  'bad-host': () => ({
    status: 421,
    title: 'Bad host',
    detail: 'This host name is not served here.',
  }),
  'upstream-unreachable': () => badGateway('The upstream could not be reached.'),
  'upstream-undecodable': ({ reason }) =>
    badGateway(`The upstream's answer could not be decoded: ${reason}`),
  'upstream-too-large': ({ limitBytes }) =>
    badGateway(`The upstream's answer exceeds the limit of ${limitBytes} bytes.`),
  'upstream-too-many-values': ({ limit }) =>
    badGateway(`The upstream's answer holds more than ${limit} values.`),
  'upstream-draining': () => ({
    status: 503,
    title: 'Upstream draining',
    detail: 'The upstream is being taken out of service and takes no new requests.',
    headers: { 'retry-after': '10' },
  }),
  'upstream-closed': () => ({
    status: 503,
    title: 'Upstream closed',
    detail: 'The upstream was taken out of service.',
    headers: { 'retry-after': '30' },
  }),
  'bad-chain': ({ reason }) => badGateway(reason),
  'upstream-status': ({ status }) => ({
    status,
    title: 'Upstream error',
    detail: `The upstream answered ${status}.`,
  }),
  'upstream-timeout': ({ limitMs }) => ({
    status: 504,
    title: 'Gateway timeout',
    detail: `The upstream did not answer within ${limitMs} ms.`,
  }),
  'parts-failed': ({ status }) => ({
    status,
    title: 'Bad gateway',
    detail: 'All backends failed.',
  }),
  'rate-limited': ({ status, retryAfterS, headers }) => ({
    status,
    title: status === 429 ? 'Too many requests' : 'Limit reached',
    detail: `Too many requests; try again in ${retryAfterS} s.`,
    headers: { 'retry-after': String(retryAfterS), ...headers },
  }),
  'no-limit-key': () => ({
    status: 429,
    title: 'Too many requests',
    detail: 'The request lacks what its limit is counted by.',
  }),
  'limiter-unavailable': () => ({
    status: 503,
    title: 'Limit not available',
    detail: 'Requests cannot be counted at the moment; try again.',
    headers: { 'retry-after': '1' },
  }),
  busy: () => ({
    status: 503,
    title: 'Busy',
    detail: 'Too many answers are being processed at once; try again.',
    headers: { 'retry-after': '1' },
  }),
  'not-ready': () => ({ status: 503, title: 'Not ready', detail: 'No configuration is live.' }),
  internal: () => ({
    status: 500,
    title: 'Internal error',
    detail: 'The gateway failed; see its log.',
  }),
}

/** The one cast that a table keyed by `kind` needs: its entry takes exactly this member of the union. */
const describe = (failure: Failure): Description =>
  (DESCRIPTIONS[failure.kind] as (failure: Failure) => Description)(failure)
