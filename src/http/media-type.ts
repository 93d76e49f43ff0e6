/**
 * Whether a body of this `Content-Type` may be read as JSON by somebody: the type says so in any spelling, or it says
 * nothing at all.
 */
export const mayBeJson = (contentType: string | undefined): boolean =>
  contentType === undefined || contentType.trim() === '' || /json/i.test(contentType)

/** Whether a `Content-Type` is JSON's own: `application/json` or a type that ends in `+json`. */
export const isJson = (contentType: string | undefined): boolean =>
  /^\s*application\/(?:json|[\w!#$&^.-]+\+json)\s*(?:;|$)/i.test(contentType ?? '')
