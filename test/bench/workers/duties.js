// What every request asks of a gateway, whatever else it does (docs/compatibility.md), in the fewest calls: headers that are
// constants, a time limit, an ear for the client's reset, and a line for the log.
const ID = '3f0f4a1e-8c1d-4d0e-9d6e-5b1c7a1f2e3d'
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

const UPSTREAM = [
  ['x-request-id', ID],
  ['traceparent', `00-${TRACE}-${SPAN}-01`],
  ['b3', `${TRACE}-${SPAN}-1`],
  ['x-b3-traceid', TRACE],
  ['x-b3-spanid', SPAN],
  ['x-b3-sampled', '1'],
  ['x-forwarded-for', '127.0.0.1'],
  ['x-forwarded-host', '127.0.0.1:8000'],
  ['x-forwarded-proto', 'http'],
  ['x-forwarded-via', 'floor'],
  ['user-agent', 'floor'],
]
const CLIENT = [
  ['x-request-id', ID],
  ['x-cb-restapigw', 'Version 0'],
  ['x-cb-restapigw-completed', 'true'],
  ['x-cb-restapigw-messages', 'OK'],
]
const LIMITED = [
  ['ratelimit', '"rate";r=999;t=1'],
  ['ratelimit-policy', '"rate";q=1000;w=1'],
]
const TIMEOUT_MS = 10_000

/** The headers alone. */
export async function fetchWithHeaders(url, { method, headers: sent }, signal) {
  const headers = new Headers(sent)
  headers.delete('host')
  for (const [name, value] of UPSTREAM) headers.set(name, value)
  const answer = await fetch(url, { method, headers, redirect: 'manual', signal })
  const stamped = new Response(answer.body, answer)
  for (const [name, value] of CLIENT) stamped.headers.set(name, value)
  return stamped
}

/** All of it. */
export async function fetchAsGateway(url, request) {
  const time = Date.now()
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MS)
  request.signal.addEventListener('abort', () => console.log('the client has gone'))
  const answer = await fetchWithHeaders(url, request, controller.signal)
  clearTimeout(timer)
  const { method } = request
  const bytes = answer.headers.get('content-length')
  const upstream = [{ name: 'bench', target: url, status: answer.status, ms: 1 }]
  const line = { time, request_id: ID, trace_id: TRACE, method, path: '/pass/1k', bytes, upstream }
  console.log(JSON.stringify(line))
  return answer
}

/** What a limit tells as well. */
export function stampLimits(answer) {
  for (const [name, value] of LIMITED) answer.headers.set(name, value)
  return answer
}
