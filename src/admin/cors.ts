import type { Exchange } from '../http/context.ts'

/**
 * Lets pages of other origins use the API, where the system file's `admin: {origins}` names them (Fetch standard, section
 * 3.2). Cookies play no part: who asks is told by a bearer token.
 */
export function allowOrigin(
  answer: Response,
  { method, sent }: Exchange,
  origins: readonly string[],
): Response {
  if (origins.length === 0) return answer
  answer.headers.append('vary', 'Origin')
  const origin = sent.get('origin')
  if (origin === undefined || !origins.includes(origin)) return answer
  answer.headers.set('access-control-allow-origin', origin)
  answer.headers.set('access-control-expose-headers', EXPOSED)
  if (method === 'OPTIONS' && sent.has('access-control-request-method')) {
    answer.headers.set('access-control-allow-methods', answer.headers.get('allow') ?? '')
    answer.headers.set('access-control-allow-headers', ALLOWED)
    answer.headers.set('access-control-max-age', '600')
  }
  return answer
}

const EXPOSED = 'ETag, Retry-After, WWW-Authenticate, X-Request-Id'
const ALLOWED = 'Authorization, Content-Type, If-Match, If-None-Match'
