import { decodeJwt } from 'jose'
import { bearerChallenge, bearerToken } from '../../http/challenge.ts'
import { claimAt } from '../../http/claims.ts'
import type { Failure } from '../../http/failure.ts'
import type { HeaderMap } from '../../http/headers.ts'
import type { Verdict } from '../../http/judge.ts'
import { parseDuration } from '../../lib/duration.ts'
import { err, ok } from '../../lib/result.ts'
import type { Ports } from '../../ports.ts'
import { defineJudge } from '../judge.ts'
import { headerValueOf, scopesOf } from './claim-texts.ts'
import { createIssuer, type TokenFault, type VerifyToken } from './issuer.ts'
import { type JwtOptions, jwtOptions } from './options.ts'

/** JSON Web Tokens (RFC 7519) of one or several issuers. */
export const jwt = defineJudge({
  summary: 'Lets in who brings a signed token (JWT) of a trusted issuer.',
  options: jwtOptions,
  shows: ['issuers.issuer', 'issuers.audience', 'scopes', 'claims_to_headers'],
  keeps: ({ header, claims_to_headers: told }) => [
    header,
    ...Object.keys(told).map((name) => name.toLowerCase()),
  ],
  remarks: ({ issuers }) =>
    issuers.some(({ audience }) => audience.length === 0) ? [ANY_AUDIENCE] : [],
  judge: (options, { ports }) => {
    const verify = createVerify(options, ports)
    return async (c) => {
      const exchange = c.get('exchange')
      const token = findToken(exchange.sent, options)
      if (token === undefined) return err(MISSING)
      const verified = await verify(token, ports.now())
      if (verified.ok) return judgeClaims(verified.value, options)
      if (verified.error.kind !== 'unavailable') return err(REFUSALS[verified.error.kind])
      exchange.error = `mw-jwt: the keys of the issuer: ${verified.error.reason}`
      return err({ kind: 'keys-unavailable' })
    }
  },
})

const ANY_AUDIENCE = {
  key: 'issuers',
  message: 'An issuer without "audience" lets in tokens that were made for others.',
  hint: 'Name whom its tokens are for.',
}

/** The `iss` of a token only chooses whose keys to use; those keys then judge it, `iss` included. */
function createVerify(options: JwtOptions, { issuerKeys }: Ports): VerifyToken {
  const { allow_no_expiry, leeway } = options
  const common = { allow_no_expiry, leewayMs: parseDuration(leeway) ?? 0 }
  const byName = new Map(
    options.issuers.map((issuer) => [issuer.issuer, createIssuer(issuer, common, issuerKeys)]),
  )
  const [only] = byName.size === 1 ? byName.values() : []
  if (only !== undefined) return only
  return async (token, nowMs) => {
    const issuer = byName.get(issuerOf(token) ?? '')
    return issuer === undefined ? err({ kind: 'invalid' }) : issuer(token, nowMs)
  }
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

/** The header counts where it is there at all: a bad token in it is not mended by a cookie. */
function findToken(sent: HeaderMap, { header, cookie }: JwtOptions): string | undefined {
  const value = sent.get(header)
  if (value !== undefined) {
    return header === 'authorization' ? bearerToken(value) : value.trim().replace(/^bearer +/i, '')
  }
  if (cookie === '') return undefined
  const pairs = (sent.get('cookie') ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${cookie}=`))?.slice(cookie.length + 1)
}

function judgeClaims(claims: Readonly<Record<string, unknown>>, options: JwtOptions): Verdict {
  const { scopes, scope_claim, claims_to_headers: told } = options
  const granted = scopesOf(claimAt(claims, scope_claim))
  if (!scopes.every((scope) => granted.includes(scope))) return err(tooNarrow(scopes))
  const headers = Object.entries(told).flatMap(([name, path]) => {
    const value = headerValueOf(claimAt(claims, path))
    return value === undefined ? [] : [[name, value] as const]
  })
  const subject = typeof claims['sub'] === 'string' ? claims['sub'] : ''
  return ok({ kind: 'jwt', subject, claims, headers })
}

const tooNarrow = (scopes: readonly string[]): Failure => ({
  kind: 'forbidden',
  reason: 'The token does not have every scope that this needs.',
  challenges: [bearerChallenge('insufficient_scope', { scope: scopes.join(' ') })],
})

const MISSING: Failure = { kind: 'unauthorized', challenges: [bearerChallenge()] }

const refusal = (description?: string): Failure => ({
  kind: 'unauthorized',
  challenges: [bearerChallenge('invalid_token', description === undefined ? {} : { description })],
})

/** What is said about a token was first proven by its signature; the rest is only not good. */
const REFUSALS: Readonly<Record<Exclude<TokenFault['kind'], 'unavailable'>, Failure>> = {
  invalid: refusal(),
  'unknown-key': refusal(),
  expired: refusal('The token has expired'),
  premature: refusal('The token is not valid yet'),
  audience: refusal('The token is for another audience'),
}
