// The floor that the gateway is measured against: the least a Worker can do for the same answer.
const pathOf = (request) => request.url.slice(request.url.indexOf('/', 8))

async function merge(upstream, size) {
  const parts = await Promise.all([0, 1, 2].map((n) => fetch(`${upstream}/json/${size}/part${n}`)))
  const [a, b, c] = await Promise.all(parts.map((part) => part.text()))
  return Response.json({ a: JSON.parse(a), b: JSON.parse(b), c: JSON.parse(c) })
}

export default {
  async fetch(request, { UPSTREAM: upstream }) {
    const [, kind, size] = pathOf(request).split('/')
    if (kind === 'pass') return fetch(`${upstream}/json/${size}/one`, request)
    if (kind === 'merge') return merge(upstream, size)
    const answer = await fetch(`${upstream}/json/${size}/one`)
    return Response.json(JSON.parse(await answer.text()))
  },
}
