// The headers that a gateway has to send, whatever else it does (docs/compatibility.md): made of constants, so that they cost the least.
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

/** The fetch of a gateway: the client's headers and those that are set, no redirect followed. */
export async function fetchAsGateway(url, { method, headers: sent }) {
  const headers = new Headers(sent)
  headers.delete('host')
  for (const [name, value] of UPSTREAM) headers.set(name, value)
  const answer = await fetch(url, { method, headers, redirect: 'manual' })
  const stamped = new Response(answer.body, answer)
  for (const [name, value] of CLIENT) stamped.headers.set(name, value)
  return stamped
}

/** What a limit tells as well. */
export function stampLimits(answer) {
  for (const [name, value] of LIMITED) answer.headers.set(name, value)
  return answer
}
