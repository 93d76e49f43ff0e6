/** Which of some secrets a text holds, plain or in base64 at any alignment, alone or behind something else. */
export function leaksIn(text: string, secrets: readonly string[]): readonly string[] {
  return secrets.filter((secret) => formsOf(secret).some((form) => text.includes(form)))
}

/** Base64 writes three bytes as four characters: what is left at the ends depends on the neighbours, and is cut off. */
function formsOf(secret: string): readonly string[] {
  const known = forms.get(secret)
  if (known !== undefined) return known
  const shifted = [0, 1, 2].map((offset) => {
    const bytes = Buffer.from('\0'.repeat(offset) + secret)
    const whole = bytes.subarray(offset === 0 ? 0 : 3, bytes.length - (bytes.length % 3))
    return whole.toString('base64')
  })
  const hex = Buffer.from(secret).toString('hex')
  const made = [secret, encodeURIComponent(secret), hex, ...shifted, ...shifted.map(toUrlSafe)]
  forms.set(secret, made)
  return made
}

const forms = new Map<string, readonly string[]>()

const toUrlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_')
