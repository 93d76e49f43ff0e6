/** Error codes of RFC 6750 section 3.1 that a protected resource answers with. */
export type BearerError = 'invalid_token' | 'insufficient_scope'

/**
 * A `WWW-Authenticate` challenge for bearer tokens (RFC 6750 section 3). Without an error it tells a client that sent
 * no token that one is needed. `description` and `scope` hold no quotes or backslashes.
 */
export function bearerChallenge(
  error?: BearerError,
  more: { readonly description?: string; readonly scope?: string } = {},
): string {
  const fields = [
    error === undefined ? '' : `error="${error}"`,
    more.description === undefined ? '' : `error_description="${more.description}"`,
    more.scope === undefined ? '' : `scope="${more.scope}"`,
  ].filter((field) => field !== '')
  return fields.length === 0 ? 'Bearer' : `Bearer ${fields.join(', ')}`
}

/**
 * The token of an `Authorization: Bearer` field, or undefined when it carries none. Two fields arrive as one value with
 * a comma, which no token has.
 */
export const bearerToken = (field: string): string | undefined =>
  /^bearer +([^\s,]+) *$/i.exec(field)?.[1]
