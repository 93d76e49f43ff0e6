import type { Outbound } from '../ports.ts'
import type { Fetch } from '../transports/transport.ts'
import type { Candidate } from './targets.ts'

const MOST_REDIRECTS = 10
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/**
 * Follows redirects of GET and HEAD, at most ten, to addresses of the same backend; any other answer is handed on.
 *
 * A hop to another origin starts without the client's and the gateway's credentials and gets those of the address's
 * own upstream, so a credential never reaches a host it was not made for.
 */
export const followRedirects =
  (candidates: readonly Candidate[]) =>
  (next: Fetch): Fetch =>
  async (outbound, exchange) => {
    let current = outbound
    for (let hops = 0; ; hops++) {
      const response = await next(current, exchange)
      const following = hops < MOST_REDIRECTS && followUp(current, response, candidates)
      if (!following) return response
      await response.body?.cancel()
      current = following
    }
  }

function followUp(
  sent: Outbound,
  response: Response,
  candidates: readonly Candidate[],
): Outbound | undefined {
  if (!REDIRECTS.has(response.status)) return undefined
  if (sent.method !== 'GET' && sent.method !== 'HEAD') return undefined
  const location = response.headers.get('location')
  const url = location === null ? null : URL.parse(location, sent.url)
  if (url === null) return undefined
  const owner = candidates.find(({ target }) => new URL(target.origin).origin === url.origin)
  if (owner === undefined) return undefined
  const headers = new Headers(sent.headers)
  headers.set('x-request-id', crypto.randomUUID())
  if (url.origin !== new URL(sent.url).origin) changeCredentials(headers, owner, candidates)
  return { ...sent, url: url.href, headers }
}

function changeCredentials(
  headers: Headers,
  owner: Candidate,
  candidates: readonly Candidate[],
): void {
  for (const name of ['authorization', 'cookie', 'proxy-authorization']) headers.delete(name)
  for (const { upstream } of candidates) {
    for (const name of Object.keys(upstream?.headers ?? {})) headers.delete(name)
  }
  for (const [name, value] of Object.entries(owner.upstream?.headers ?? {}))
    headers.set(name, value)
}
