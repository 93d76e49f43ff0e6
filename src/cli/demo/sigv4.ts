import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The parts of an `Authorization: AWS4-HMAC-SHA256 ...` header. */
interface Signature {
  /** CB-Spider's form: `<username>@<connection name>`. */
  readonly accessKey: string
  readonly scope: readonly string[]
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/** What a signed request proves: who signed it, or why it proves nothing. */
export type Verdict =
  | { readonly kind: 'signed'; readonly accessKey: string }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'mismatch' }

/**
 * Recomputes the AWS Signature Version 4 of a request from its path, query and signed headers as they arrived, host
 * included, and its body's hash.
 */
export function verify(request: IncomingMessage, body: Buffer, secret: string): Verdict {
  const signed = parse(request.headers.authorization ?? '')
  if (signed === undefined) return { kind: 'unsigned' }
  const declared = headerOf(request, 'x-amz-content-sha256')
  const isHash = /^[0-9a-f]{64}$/.test(declared)
  if (isHash && declared !== sha256(body)) return { kind: 'mismatch' }
  const canonical = canonicalRequest(request, signed, declared || sha256(body))
  const toSign = [
    'AWS4-HMAC-SHA256',
    headerOf(request, 'x-amz-date'),
    signed.scope.join('/'),
    sha256(canonical),
  ].join('\n')
  const expected = hmac(signingKey(secret, signed.scope), toSign).toString('hex')
  return equal(expected, signed.signature)
    ? { kind: 'signed', accessKey: signed.accessKey }
    : { kind: 'mismatch' }
}

function parse(header: string): Signature | undefined {
  if (!header.startsWith('AWS4-HMAC-SHA256 ')) return undefined
  const fields = new Map(
    header
      .slice('AWS4-HMAC-SHA256 '.length)
      .split(',')
      .map((part) => {
        const [name = '', ...value] = part.trim().split('=')
        return [name, value.join('=')]
      }),
  )
  const credential = fields.get('Credential')?.split('/') ?? []
  const signedHeaders = fields.get('SignedHeaders')?.split(';') ?? []
  const signature = fields.get('Signature')
  if (credential.length !== 5 || signature === undefined) return undefined
  return { accessKey: credential[0] ?? '', scope: credential.slice(1), signedHeaders, signature }
}

function canonicalRequest(request: IncomingMessage, signed: Signature, bodyHash: string): string {
  const url = request.url ?? '/'
  const [path = '/'] = url.split('?', 1)
  const headers = signed.signedHeaders.map((name) => `${name}:${headerOf(request, name).trim()}\n`)
  return [
    request.method,
    path.split('/').map(reencode).join('/'),
    canonicalQuery(url.slice(path.length + 1)),
    headers.join(''),
    signed.signedHeaders.join(';'),
    bodyHash,
  ].join('\n')
}

function canonicalQuery(query: string): string {
  const pairs = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return `${reencode(name)}=${reencode(value.join('='))}`
    })
  return pairs.toSorted((a, b) => (a < b ? -1 : 1)).join('&')
}

/** Percent-encodes as AWS does: all but the unreserved characters of RFC 3986, hex digits in upper case. */
function reencode(text: string): string {
  return encodeURIComponent(decodeURIComponent(text)).replaceAll(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function signingKey(secret: string, scope: readonly string[]): Buffer {
  let key: Buffer = Buffer.from(`AWS4${secret}`)
  for (const part of scope) key = hmac(key, part)
  return key
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value : (value ?? []).join(',')
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

const sha256 = (value: string | Buffer): string => createHash('sha256').update(value).digest('hex')

const equal = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
