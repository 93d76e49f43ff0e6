import type { Diagnostic } from '../config/diagnostics.ts'

/** Why an operation did not do what it was asked for. */
export type Refusal = RefusalKind & { readonly audit?: AuditNote }

/** What the audit should say beyond what the request itself tells. */
export interface AuditNote {
  readonly who?: string
  readonly target?: string
  /** It stands in the audit already, in the same commit as the change. */
  readonly isRecorded?: true
}

export const RECORDED: AuditNote = { isRecorded: true }

type RefusalKind =
  | {
      readonly kind: 'bad-request'
      readonly detail: string
      readonly errors?: readonly BodyError[]
    }
  | { readonly kind: 'unauthorized'; readonly detail: string; readonly error?: 'invalid_token' }
  | { readonly kind: 'forbidden'; readonly detail: string }
  | { readonly kind: 'not-found'; readonly detail: string }
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'conflict'; readonly detail: string; readonly extra?: Extra }
  | { readonly kind: 'stale'; readonly detail: string }
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  | { readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'precondition-required' }
  | { readonly kind: 'too-many-requests'; readonly detail: string; readonly retryAfterS: number }
  | { readonly kind: 'busy' }
  | { readonly kind: 'not-ready' }
  | { readonly kind: 'bad-host' }
  | { readonly kind: 'store-unavailable' }
  | { readonly kind: 'internal' }

/** One fault of a JSON body or a query; `path` in dots, empty for the whole. */
export interface BodyError {
  readonly path: string
  readonly message: string
}

type Extra = Readonly<Record<string, unknown>>

interface Description {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly headers?: Readonly<Record<string, string>>
  /** Members beside those of RFC 9457. */
  readonly extra?: Extra
}

/** A refusal as `application/problem+json` (RFC 9457), with the request's id. */
export function refuse(refusal: Refusal, requestId: string): Response {
  const { status, title, detail, headers, extra } = describe(refusal)
  const type = `urn:problem-type:cb-bridge:admin:${refusal.kind}`
  const body = { type, title, status, detail, request_id: requestId, ...extra }
  return Response.json(body, {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
  })
}

type Of<K extends Refusal['kind']> = Extract<RefusalKind, { kind: K }>
type Descriptions = { readonly [K in Refusal['kind']]: (refusal: Of<K>) => Description }

const DESCRIPTIONS: Descriptions = {
  'bad-request': ({ detail, errors }) => ({
    status: 400,
    title: 'Bad request',
    detail,
    ...(errors !== undefined && { extra: { errors } }),
  }),
  // RFC 6750 section 3: the error is named only where a token was sent.
  unauthorized: ({ detail, error }) => ({
    status: 401,
    title: 'Unauthorized',
    detail,
    headers: { 'www-authenticate': error === undefined ? 'Bearer' : `Bearer error="${error}"` },
  }),
  forbidden: ({ detail }) => ({ status: 403, title: 'Forbidden', detail }),
  'not-found': ({ detail }) => ({ status: 404, title: 'Not found', detail }),
  'method-not-allowed': ({ allow }) => ({
    status: 405,
    title: 'Method not allowed',
    detail: `This path answers ${allow.join(', ')}.`,
    headers: { allow: allow.join(', ') },
  }),
  conflict: ({ detail, extra }) => ({
    status: 409,
    title: 'Conflict',
    detail,
    ...(extra !== undefined && { extra }),
  }),
  stale: ({ detail }) => ({ status: 412, title: 'Precondition failed', detail }),
  'too-large': ({ limitBytes }) => ({
    status: 413,
    title: 'Request body too large',
    detail: `The limit is ${limitBytes} bytes.`,
  }),
  invalid: ({ diagnostics }) => ({
    status: 422,
    title: 'Invalid configuration',
    detail: 'The configuration has errors; nothing was changed.',
    extra: { diagnostics },
  }),
  'precondition-required': () => ({
    status: 428,
    title: 'Precondition required',
    detail: 'Send If-Match with the ETag of what you have read, or If-None-Match: * to create.',
  }),
  'too-many-requests': ({ detail, retryAfterS }) => ({
    status: 429,
    title: 'Too many requests',
    detail,
    headers: { 'retry-after': String(retryAfterS) },
  }),
  busy: () => ({
    status: 503,
    title: 'Busy',
    detail: 'Other writers were faster every time; nothing was changed. Try again.',
    headers: { 'retry-after': '1' },
  }),
  'not-ready': () => ({
    status: 503,
    title: 'Not ready',
    detail: 'No configuration is live; /__health says why.',
  }),
  'bad-host': () => ({
    status: 421,
    title: 'Bad host',
    detail: 'The Admin API does not answer under this host name.',
  }),
  'store-unavailable': () => ({
    status: 503,
    title: 'Store unavailable',
    detail: 'What keeps this does not answer; nothing is known to have changed.',
    headers: { 'retry-after': '5' },
  }),
  internal: () => ({
    status: 500,
    title: 'Internal error',
    detail: 'The gateway failed; see its log.',
  }),
}

/** The one cast that a table keyed by `kind` needs: its entry takes exactly this member of the union. */
const describe = (refusal: Refusal): Description =>
  (DESCRIPTIONS[refusal.kind] as (refusal: RefusalKind) => Description)(refusal)
