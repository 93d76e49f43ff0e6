import { createHash, createHmac } from 'node:crypto'

/** The one key pair of the tests; AWS publishes it with its examples, so the examples verify this file. */
const KEY_ID = 'AKIAIOSFODNN7EXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const ALGORITHM = 'AWS4-HMAC-SHA256'
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

type Pairs = readonly (readonly [name: string, value: string])[]

/** A request as a client signs it: the target is what goes on the wire. */
export interface Signable {
  readonly method: string
  readonly target: string
  /** All of these are signed; `host` and `x-amz-date` must be among them. */
  readonly headers: Readonly<Record<string, string>>
  readonly payloadHash: string
}

/** A request as a server received it. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: Pairs
  readonly bodyHash: string
}

/** The `Authorization` header of AWS Signature Version 4 for S3 (no second encoding of the path). */
export function signedAuthorization(request: Signable): string {
  const names = Object.keys(request.headers).toSorted()
  const date = request.headers['x-amz-date'] ?? ''
  const scope = scopeOf(date)
  const canonical = canonicalRequest({
    method: request.method,
    target: request.target,
    headers: names.map((name) => [name, request.headers[name] ?? '']),
    payloadHash: request.payloadHash,
  })
  const signature = signatureOf(canonical, date, scope)
  return `${ALGORITHM} Credential=${KEY_ID}/${scope},SignedHeaders=${names.join(';')},Signature=${signature}`
}

/** A presigned target (query authentication) for a host, valid for a day from `date` (`20130524T000000Z`). */
export function presignedTarget(
  method: string,
  target: string,
  host: string,
  date: string,
): string {
  const scope = scopeOf(date)
  const query = [
    `X-Amz-Algorithm=${ALGORITHM}`,
    `X-Amz-Credential=${encode(`${KEY_ID}/${scope}`)}`,
    `X-Amz-Date=${date}`,
    'X-Amz-Expires=86400',
    'X-Amz-SignedHeaders=host',
  ].join('&')
  const unsigned = `${target}${target.includes('?') ? '&' : '?'}${query}`
  const canonical = canonicalRequest({
    method,
    target: unsigned,
    headers: [['host', host]],
    payloadHash: 'UNSIGNED-PAYLOAD',
  })
  return `${unsigned}&X-Amz-Signature=${signatureOf(canonical, date, scope)}`
}

/**
 * Recomputes the signature of a received request: `valid`, or what is wrong. Undefined when the request is not signed.
 * Only what the client signed counts, so headers that a gateway adds do no harm and changed ones do.
 */
export function verifySignature(request: Received): string | undefined {
  const byName = (name: string) =>
    request.headers
      .filter(([key]) => key.toLowerCase() === name)
      .map(([, value]) => value)
      .join(',')
  const [path, query] = splitOnce(request.url, '?')
  const parameters = new Map(query.split('&').map((pair) => splitOnce(pair, '=')))
  const authorization = byName('authorization')
  const isPresigned = parameters.has('X-Amz-Signature')
  if (!isPresigned && !authorization.startsWith(ALGORITHM)) return undefined
  const field = (name: string) =>
    isPresigned
      ? decodeURIComponent(parameters.get(`X-Amz-${name}`) ?? '')
      : (new RegExp(`${name}=([^,\\s]+)`).exec(authorization)?.[1] ?? '')
  const payloadHash = isPresigned ? 'UNSIGNED-PAYLOAD' : byName('x-amz-content-sha256')
  if (/^[0-9a-f]{64}$/.test(payloadHash) && payloadHash !== request.bodyHash) return 'body changed'
  const date = isPresigned ? field('Date') : byName('x-amz-date')
  const unsigned = query
    .split('&')
    .filter((pair) => !pair.startsWith('X-Amz-Signature='))
    .join('&')
  const canonical = canonicalRequest({
    method: request.method,
    target: unsigned === '' ? path : `${path}?${unsigned}`,
    headers: field('SignedHeaders')
      .split(';')
      .map((name) => [name, byName(name)]),
    payloadHash,
  })
  const expected = signatureOf(canonical, date, scopeOf(date))
  return expected === field('Signature') ? 'valid' : `mismatch over ${JSON.stringify(canonical)}`
}

const scopeOf = (date: string): string => `${date.slice(0, 8)}/us-east-1/s3/aws4_request`

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, canonical request. */
function canonicalRequest(request: {
  readonly method: string
  readonly target: string
  readonly headers: Pairs
  readonly payloadHash: string
}): string {
  const [path, query] = splitOnce(request.target, '?')
  const names = request.headers.map(([name]) => name)
  const headers = request.headers.map(
    ([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}\n`,
  )
  return [
    request.method,
    path.split('/').map(recode).join('/'),
    canonicalQuery(query),
    headers.join(''),
    names.join(';'),
    request.payloadHash,
  ].join('\n')
}

function canonicalQuery(query: string): string {
  if (query === '') return ''
  const pairs = query.split('&').map((pair) => {
    const [name, value] = splitOnce(pair, '=')
    return `${recode(name)}=${recode(value)}`
  })
  return pairs.toSorted().join('&')
}

/** Decodes and encodes again in AWS's one way: everything but unreserved characters. */
const recode = (text: string): string => encode(decodeURIComponent(text))

const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

function signatureOf(canonical: string, date: string, scope: string): string {
  const hash = createHash('sha256').update(canonical).digest('hex')
  const key = scope
    .split('/')
    .reduce<string | Buffer>(
      (key, part) => createHmac('sha256', key).update(part).digest(),
      `AWS4${SECRET}`,
    )
  return createHmac('sha256', key).update(`${ALGORITHM}\n${date}\n${scope}\n${hash}`).digest('hex')
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}
