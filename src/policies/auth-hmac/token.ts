import { parseDuration } from '../../lib/duration.ts'
import { fromHex, toHex } from '../../lib/hex.ts'
import { formatUnixDate, parseUnixDate } from './unix-date.ts'

/** What a token says; texts are kept as they stand in it, because they are what is signed. */
export interface Token {
  /** HMAC-SHA256, 32 bytes. */
  readonly digest: Uint8Array<ArrayBuffer>
  /** Go's UnixDate in UTC: `Tue Jul 13 04:30:50 UTC 2021`. */
  readonly timestamp: string
  /** A Go duration: `5m`. */
  readonly duration: string
  readonly accessId: string
}

/** Why a token does not count, or `good`. Times are judged only behind a good digest. */
export type TokenState = 'good' | 'forged' | 'expired' | 'premature'

/** A key of the platform; its type has another name in Node. */
export type SecretKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

const DIGEST_BYTES = 32
/** Clocks differ; a token from further ahead was not made by a good one. */
const MOST_AHEAD_MS = 60_000

/** The key that signs and verifies; undefined for the empty one, with which nothing is ever good. */
export async function importSecret(secret: string): Promise<SecretKey | undefined> {
  if (secret === '') return undefined
  const bytes = new TextEncoder().encode(secret)
  return crypto.subtle.importKey('raw', bytes, ALGORITHM, false, ['sign', 'verify'])
}

/**
 * Reads `hex(digest ‖ "||" ‖ timestamp ‖ "|" ‖ duration ‖ "|" ‖ accessId)`. The digest ends at byte 32, whatever bytes it
 * holds (the original splits at the first `||` and so refuses one good token in 250). Undefined when it is no token.
 */
export function parseToken(text: string): Token | undefined {
  const bytes = fromHex(text)
  if (bytes === undefined) return undefined
  const parts = /^\|\|([^|]*)\|([^|]*)\|(.*)$/s.exec(decode(bytes.subarray(DIGEST_BYTES)))
  const [, timestamp, duration, accessId] = parts ?? []
  if (timestamp === undefined || duration === undefined || accessId === undefined) return undefined
  return { digest: bytes.slice(0, DIGEST_BYTES), timestamp, duration, accessId }
}

/** Makes a token that is good from `madeAtMs` (a whole second counts) for a Go duration. */
export async function makeToken(
  key: SecretKey,
  content: { readonly accessId: string; readonly duration: string; readonly madeAtMs: number },
): Promise<string> {
  const { accessId, duration } = content
  const said = { timestamp: formatUnixDate(content.madeAtMs), duration, accessId }
  const digest = await crypto.subtle.sign(ALGORITHM, key, signedBytes(said))
  const { timestamp } = said
  const rest = new TextEncoder().encode(`||${timestamp}|${duration}|${accessId}`)
  return toHex(new Uint8Array(digest)) + toHex(rest)
}

/** Judges a token at a time; the digests are compared by the platform, in constant time. */
export async function judgeToken(key: SecretKey, token: Token, nowMs: number): Promise<TokenState> {
  const isSigned = await crypto.subtle.verify(ALGORITHM, key, token.digest, signedBytes(token))
  const period = validity(token)
  if (!isSigned || period === undefined) return 'forged'
  if (period.fromMs > nowMs + MOST_AHEAD_MS) return 'premature'
  return period.untilMs >= nowMs ? 'good' : 'expired'
}

/** When a token was made and when it ends, in milliseconds since the epoch; undefined when its texts are no times. */
export function validity({
  timestamp,
  duration,
}: Pick<Token, 'timestamp' | 'duration'>):
  | { readonly fromMs: number; readonly untilMs: number }
  | undefined {
  const fromMs = parseUnixDate(timestamp)
  const lengthMs = parseDuration(duration)
  if (fromMs === undefined || lengthMs === undefined) return undefined
  return { fromMs, untilMs: fromMs + lengthMs }
}

const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' }

const signedBytes = ({ duration, timestamp, accessId }: Omit<Token, 'digest'>) =>
  new TextEncoder().encode(`${duration}^${timestamp}^${accessId}`)

/** Bytes that are no UTF-8 are no text of ours: they make a token that has no parts. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return ''
  }
}
