// The floor that the gateway is measured against: the least a Worker can do for the same answer.
const UPSTREAM = 'UPSTREAM_ORIGIN'

const pathOf = (request) => request.url.slice(request.url.indexOf('/', 8))

const ask = (path) => fetch(UPSTREAM + path)

async function merge(size) {
  const parts = await Promise.all([0, 1, 2].map((n) => ask(`/json/${size}/part${n}`)))
  const [a, b, c] = await Promise.all(parts.map((part) => part.text()))
  return Response.json({ a: JSON.parse(a), b: JSON.parse(b), c: JSON.parse(c) })
}

export default {
  async fetch(request) {
    const [, kind, size] = pathOf(request).split('/')
    if (kind === 'pass') return fetch(`${UPSTREAM}/json/${size}/one`, request)
    if (kind === 'merge') return merge(size)
    const answer = await ask(`/json/${size}/one`)
    return Response.json(JSON.parse(await answer.text()))
  },
}
