import { fromBase64Url, toBase64Url } from './base64url.ts'
import { equalBytes } from './equal-bytes.ts'

/** The cost of one hash (RFC 7914): 2^`ln` rounds over blocks of `r` * 128 bytes, `p` times. */
export interface ScryptCost {
  readonly ln: number
  readonly r: number
  readonly p: number
}

/** scrypt as the platform has it; the result has 32 bytes. */
export type Scrypt = (password: string, salt: Uint8Array, cost: ScryptCost) => Promise<Uint8Array>

/** What OWASP asks for with 16 MiB, the most that a Worker's 128 MB should lend to one login (Password Storage Cheat Sheet). */
const COST: ScryptCost = { ln: 14, r: 8, p: 5 }

/** Beyond these a stored hash could take an isolate's memory or minutes of CPU. */
const MOST = { ln: 16, r: 16, p: 16, bytes: 64 * 2 ** 20 } as const

const FORM =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9_-]{22,86})\$([A-Za-z0-9_-]{43})$/

/**
 * A password as text to store: `$scrypt$ln=14,r=8,p=5$<salt>$<hash>`, both parts base64url. Its parameters stand with
 * it, so that the cost can grow and old hashes stay good.
 */
export async function hashPassword(password: string, scrypt: Scrypt): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const hash = await scrypt(normalize(password), salt, COST)
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${toBase64Url(salt)}$${toBase64Url(hash)}`
}

/** Whether a password belongs to a stored hash; a text that is no hash belongs to none. */
export async function verifyPassword(
  password: string,
  stored: string,
  scrypt: Scrypt,
): Promise<boolean> {
  const parsed = parse(stored)
  if (parsed === undefined) return false
  return equalBytes(await scrypt(normalize(password), parsed.salt, parsed.cost), parsed.hash)
}

/** What is wrong with a new password, as a sentence without its end; NIST SP 800-63B asks for length, not for kinds of letters. */
export function complaintAboutPassword(password: string): string | undefined {
  if (normalize(password).length < 8) return 'a password has at least 8 characters'
  return password.length > 1024 ? 'a password has at most 1024 characters' : undefined
}

/** Whether a text has the form that `hashPassword` gives, with a cost that can be paid. */
export const isPasswordHash = (text: string): boolean => parse(text) !== undefined

/** Keyboards compose the same letters differently (NIST SP 800-63B section 3.1.1.2). */
const normalize = (password: string): string => password.normalize('NFKC')

function parse(stored: string) {
  const [, ln, r, p, saltText = '', hashText = ''] = FORM.exec(stored) ?? []
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) }
  const [salt, hash] = [fromBase64Url(saltText), fromBase64Url(hashText)]
  if (salt === undefined || hash?.length !== 32 || !isPayable(cost)) return undefined
  return { cost, salt, hash }
}

const isPayable = ({ ln, r, p }: ScryptCost): boolean =>
  [ln, r, p].every((part) => part >= 1) &&
  ln <= MOST.ln &&
  r <= MOST.r &&
  p <= MOST.p &&
  128 * r * 2 ** ln <= MOST.bytes
