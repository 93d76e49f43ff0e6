/** Bytes as base64url without padding (RFC 4648 section 5): safe in headers, paths and JSON. */
export const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** The bytes of a base64url text without padding, or undefined when it is none. */
export function fromBase64Url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
    c.charCodeAt(0),
  )
}

/** A secret of 256 random bits as base64url: 43 characters. */
export const randomSecret = (): string => toBase64Url(crypto.getRandomValues(new Uint8Array(32)))
