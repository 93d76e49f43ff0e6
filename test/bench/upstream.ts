import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SIGNALS } from '../../src/cli/signals.ts'

/** Sizes of the answers, by the name used in paths. */
export const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000 } as const
export type Size = keyof typeof SIZES

/** Answers `/json/<size>/<name>` with a list of virtual machines of about that size, until the parent lets go. */
function startUpstream(): void {
  const bodies = new Map(Object.entries(SIZES).map(([name, bytes]) => [name, answerOf(bytes)]))
  const server = createServer((request, response) => {
    const body = bodies.get(request.url?.split('/')[2] ?? '')
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': 'application/json',
      'content-length': body?.byteLength ?? 0,
    })
    response.end(body)
  })
  server.listen(0, '127.0.0.1', () => {
    process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
  for (const signal of SIGNALS) process.on(signal, () => {})
  process.on('disconnect', () => process.exit())
}

function answerOf(bytes: number): Buffer {
  const nodes: unknown[] = []
  while (JSON.stringify({ id: 'infra01', node: nodes }).length < bytes)
    nodes.push(nodeOf(nodes.length))
  return Buffer.from(JSON.stringify({ id: 'infra01', status: 'Running:3 (R:3/3)', node: nodes }))
}

const nodeOf = (index: number) => ({
  id: `g1-${index}`,
  name: `node-${index}`,
  status: 'Running',
  publicIP: `203.0.113.${index % 250}`,
  privateIP: `10.0.0.${index % 250}`,
  cpu: (index % 7) * 0.75,
  monAgentStatus: 'installed',
  connectionName: 'aws-ap-northeast-2',
  location: { latitude: 37.36, longitude: 126.78, display: 'South Korea (Seoul)' },
  labels: { 'sys.manager': 'cb-tumblebug', 'sys.version': '0.13.0' },
})

if (process.argv[1] === import.meta.filename) startUpstream()
