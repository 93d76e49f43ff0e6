import type { AuthDocument, UpstreamDocument } from '../config/document.ts'
import { isBareReference } from '../config/references.ts'

/** What stands for credentials wherever an upstream is shown; put back, it means those that are kept. */
export const CONCEALED = '***'

/** An upstream as it may be shown: credentials are concealed, references without a default stay. */
export function concealed(document: UpstreamDocument): UpstreamDocument {
  const { auth } = document
  if (auth === undefined || isBareReference(secretOf(auth))) return document
  return { ...document, auth: withSecret(auth, CONCEALED) }
}

/** An upstream with the credentials that `before` has in place of what conceals them; undefined where it has none of that kind. */
export function withKept(
  document: UpstreamDocument,
  before: UpstreamDocument | undefined,
): UpstreamDocument | undefined {
  const { auth } = document
  if (auth === undefined || secretOf(auth) !== CONCEALED) return document
  const kept = before?.auth
  if (kept === undefined || kept.kind !== auth.kind) return undefined
  return { ...document, auth: withSecret(auth, secretOf(kept)) }
}

function secretOf(auth: AuthDocument): string {
  switch (auth.kind) {
    case 'basic':
      return auth.password
    case 'bearer':
      return auth.token
    case 'header':
      return auth.value
  }
}

function withSecret(auth: AuthDocument, secret: string): AuthDocument {
  switch (auth.kind) {
    case 'basic':
      return { ...auth, password: secret }
    case 'bearer':
      return { ...auth, token: secret }
    case 'header':
      return { ...auth, value: secret }
  }
}
