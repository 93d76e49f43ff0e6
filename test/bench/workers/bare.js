// The floor that the gateway is measured against: the least a Worker can do for the same answer.
import { fetchAsGateway, fetchWithHeaders } from './duties.js'

const pathOf = (request) => request.url.slice(request.url.indexOf('/', 8))

async function merge(upstream, size) {
  const parts = await Promise.all([0, 1, 2].map((n) => fetch(`${upstream}/json/${size}/part${n}`)))
  const [a, b, c] = await Promise.all(parts.map((part) => part.text()))
  return Response.json({ a: JSON.parse(a), b: JSON.parse(b), c: JSON.parse(c) })
}

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
let key

/** The token of a request, if its signature is good and its time is not over. */
async function verify(request, jwk) {
  key ??= await crypto.subtle.importKey('jwk', JSON.parse(jwk), ECDSA, false, ['verify'])
  const token = request.headers.get('authorization').slice('Bearer '.length)
  const end = token.lastIndexOf('.')
  const signature = Uint8Array.fromBase64(token.slice(end + 1), { alphabet: 'base64url' })
  const signed = new TextEncoder().encode(token.slice(0, end))
  const payload = token
    .slice(token.indexOf('.') + 1, end)
    .replaceAll('-', '+')
    .replaceAll('_', '/')
  const isGood = await crypto.subtle.verify(ECDSA, key, signature, signed)
  return isGood && JSON.parse(atob(payload)).exp * 1000 > Date.now()
}

export default {
  async fetch(request, { UPSTREAM: upstream, KEY: jwk }) {
    const [, kind, size] = pathOf(request).split('/')
    const url = `${upstream}/json/${size}/one`
    if (kind === 'pass') return fetch(url, request)
    if (kind === 'pass-headers') return fetchWithHeaders(url, request)
    if (kind === 'pass-duties') return fetchAsGateway(url, request)
    if (kind.startsWith('jwt')) {
      if (!(await verify(request, jwk))) return new Response(null, { status: 401 })
      return kind === 'jwt' ? fetch(url, request) : fetchAsGateway(url, request)
    }
    if (kind === 'merge') return merge(upstream, size)
    const answer = await fetch(url)
    return Response.json(JSON.parse(await answer.text()))
  },
}
