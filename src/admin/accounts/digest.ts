import { toBase64Url } from '../../lib/base64url.ts'
import { equalBytes } from '../../lib/equal-bytes.ts'

/** SHA-256 of a text's UTF-8, base64url: what is stored of a secret that cannot be guessed. */
export const digest = async (text: string): Promise<string> => toBase64Url(await sha256(text))

/** Whether two texts are equal, in a time that tells nothing about either. */
export async function isSameSecret(given: string, kept: string): Promise<boolean> {
  const [a, b] = await Promise.all([sha256(given), sha256(kept)])
  return equalBytes(a, b)
}

const sha256 = async (text: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
