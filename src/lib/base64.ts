/** Base64 (RFC 4648 section 4) of bytes. */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = ''
  // An argument list has its limits.
  for (let start = 0; start < bytes.length; start += STRIDE) {
    binary += String.fromCharCode(...bytes.subarray(start, start + STRIDE))
  }
  return btoa(binary)
}

/** Bytes of base64. @throws DOMException where it is none. */
export const decodeBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0))

const STRIDE = 8192
