import * as z from 'zod'
import { flag, duration, isToken, texts } from '../../http/options.ts'
import { readPublicKeys, SIGNATURE_ALGORITHMS } from '../../http/public-keys.ts'
import { whyPrivate } from '../../lib/private-host.ts'

const SHARED_ALGORITHMS = ['HS256', 'HS384', 'HS512']
const ALGORITHMS = [...SIGNATURE_ALGORITHMS, ...SHARED_ALGORITHMS]
/** RFC 7518 section 3.2: as long as the hash of HS256. */
const SHORTEST_SECRET_BYTES = 32

const name = z.string().refine((text) => text !== '', 'must not be empty')
const algorithm = z
  .string()
  .refine((text) => ALGORITHMS.includes(text), `must be one of ${ALGORITHMS.join(', ')}`)

const jwk = z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]))
const keySet = z.union([
  z.array(jwk),
  z.string().refine((text) => parseKeys(text) !== undefined, 'must be a JWK set (JSON)'),
])

const issuer = z
  .object({
    issuer: name.describe('The `iss` of its tokens, exactly.'),
    jwks_url: z
      .string()
      .refine(isAddress, 'must be an http or https address without credentials')
      .nullish()
      .describe('Where it publishes its keys (JWK set). Redirects are not followed.'),
    allow_private: flag('Lets `jwks_url` be http, or name a host of a private network.'),
    keys: keySet
      .nullish()
      .describe('Its public keys instead: a list of JWKs, or a JWK set as JSON in a `${NAME}`.'),
    secret: z
      .string()
      .refine(isLong, `must have at least ${SHORTEST_SECRET_BYTES} bytes`)
      .nullish()
      .describe('A key shared with it instead (HS256, HS384, HS512); write it as `${NAME}`.'),
    algorithms: texts(
      'What its tokens may be signed with. Empty: HS256 with `secret`; else any signature of a public key. A key is good for one algorithm: its own `alg`, else RS256, ES256/384/512 or EdDSA by its kind.',
      algorithm,
    ),
    audience: texts('Whom its tokens are for (`aud`): one of these. Empty: anybody.'),
  })
  .superRefine((given, context) => {
    for (const { path, message } of faultsOf(given)) {
      context.addIssue({ code: 'custom', path: [path], message })
    }
  })

/** The YAML of `mw-jwt`. */
export const jwtOptions = z.object({
  issuers: z
    .array(issuer)
    .min(1)
    .refine(areDistinct, 'must name each issuer once')
    .describe('Whose tokens are good, each with its keys.'),
  header: z
    .string()
    .refine(isToken, 'must be a header name')
    .nullish()
    .transform((value) => (value ?? 'authorization').toLowerCase())
    .describe('Header that carries the token, with or without `Bearer `. Empty: `Authorization`.'),
  cookie: z
    .string()
    .refine((text) => text === '' || isToken(text), 'must be a cookie name')
    .nullish()
    .transform((value) => value ?? '')
    .describe('Cookie that may carry it where the header is absent.'),
  scopes: texts('')
    .transform((list) => list.flatMap((text) => text.split(' ')).filter((scope) => scope !== ''))
    .describe('Scopes that a token must have, all of them; without one of them 403.'),
  scope_claim: z
    .string()
    .nullish()
    .transform((value) => value ?? 'scope')
    .describe(
      'Claim that lists scopes, as a list or with spaces; dotted for nested ones. Empty: `scope`.',
    ),
  leeway: duration('How far clocks may differ, e.g. `30s`.'),
  allow_no_expiry: flag('Lets tokens pass that never expire (no `exp`).'),
  claims_to_headers: z
    .record(z.string().refine(isToken, 'must be a header name'), name)
    .nullish()
    .transform((value): Readonly<Record<string, string>> => value ?? {})
    .describe(
      'Headers that tell upstreams a claim, `X-User: sub`; dotted for nested ones. What a client sends under these names is dropped.',
    ),
})

export type JwtOptions = z.output<typeof jwtOptions>
export type IssuerOptions = JwtOptions['issuers'][number]

/** The keys of a checked `keys`. */
export function parseKeys(keys: string | readonly unknown[]) {
  const data = typeof keys === 'string' ? parse(keys) : { keys }
  const read = readPublicKeys(data)
  return read === undefined || read.length === 0 ? undefined : read
}

type Given = z.output<typeof issuer>

function faultsOf(given: Given): readonly { readonly path: string; readonly message: string }[] {
  const { jwks_url: url, keys, secret, algorithms } = given
  const sources = [url, keys, secret].filter((source) => source !== undefined && source !== null)
  if (sources.length !== 1) {
    const message = 'Exactly one of jwks_url, keys and secret is needed.'
    return [{ path: 'issuer', message }]
  }
  const shared = algorithms.filter((one) => SHARED_ALGORITHMS.includes(one)).length
  const isMixed = typeof secret === 'string' ? shared < algorithms.length : shared > 0
  return [
    ...(isMixed ? [{ path: 'algorithms', message: MIXED }] : []),
    ...(shared > 1 ? [{ path: 'algorithms', message: 'A secret is good for one algorithm.' }] : []),
    ...(Array.isArray(keys) && parseKeys(keys) === undefined
      ? [{ path: 'keys', message: 'No key here can verify a signature.' }]
      : []),
    ...(typeof url === 'string' && !given.allow_private ? privateFaults(url) : []),
  ]
}

const MIXED = 'HS256, HS384 and HS512 go with a secret, the others with public keys.'

/** Addresses in a configuration must not become a way into the network of whoever runs the gateway. */
function privateFaults(url: string) {
  const address = URL.parse(url)
  if (address === null) return []
  const why = address.protocol === 'https:' ? whyPrivate(address.hostname) : 'not https'
  const message = `This address is ${why}; where that is meant, set allow_private: true.`
  return why === undefined ? [] : [{ path: 'jwks_url', message }]
}

function isAddress(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === ''
}

function isLong(text: string): boolean {
  return new TextEncoder().encode(text).length >= SHORTEST_SECRET_BYTES
}

function areDistinct(issuers: readonly { readonly issuer: string }[]): boolean {
  return new Set(issuers.map(({ issuer }) => issuer)).size === issuers.length
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
