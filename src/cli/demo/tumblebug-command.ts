import type { ServerResponse } from 'node:http'
import { json, message, objectOf } from './replies.ts'
import type { Call, Routes } from './router.ts'
import { withInfra } from './tumblebug-infra.ts'
import type { Infra, World } from './world.ts'

/** Events of one creation time: a command is quick beside the creation of an infra. */
const EVENTS_PER_CREATION = 40
const KEEPALIVE_MS = 15_000
/** A command that was "run" at start, so that a first look at the stream has something to show. */
const SEEDED_REQUEST = 'demo'

/** Remote commands on the nodes of an infra, and the server-sent events that report on them. */
export function commandRoutes(world: World): Routes {
  const commands = new Map([[SEEDED_REQUEST, 'uname -a']])
  return {
    'POST /tumblebug/ns/:nsId/cmd/infra/:infraId': withInfra(world, (infra, call) => {
      const given = objectOf(call)?.['command']
      const command = Array.isArray(given) ? given.join('; ') : 'true'
      if (call.query.get('async') !== 'true') {
        return json({ results: infra.nodes.map(({ id }) => resultOf(infra, id, command)) })
      }
      const id = String(call.response.getHeader('x-request-id'))
      commands.set(id, command)
      return json({ xRequestId: id })
    }),
    'GET /tumblebug/ns/:nsId/stream/cmd/infra/:infraId': withInfra(world, async (infra, call) => {
      const id = call.query.get('xRequestId')
      if (id === null) return message(400, 'xRequestId query parameter is required')
      await stream(world, infra, { call, id, command: commands.get(id) })
      return undefined
    }),
    'GET /tumblebug/ns/:nsId/monitoring/infra/:infraId/metric/:metric': withInfra(
      world,
      (infra, call) =>
        json({
          nsId: infra.namespace,
          infraId: infra.id,
          infraMonitoring: infra.nodes.map(({ id }) => ({
            nodeId: id,
            metric: call.param('metric'),
            value: String(20 + (world.clock.now() % 50)),
            err: null,
          })),
        }),
    ),
  }
}

const resultOf = (infra: Infra, nodeId: string, command: string) => ({
  infraId: infra.id,
  nodeId,
  nodeIp: infra.nodes.find(({ id }) => id === nodeId)?.machine.publicIp ?? '',
  command: { 0: command },
  stdout: { 0: `${nodeId}: ${command}\n` },
  stderr: { 0: '' },
})

interface Stream {
  readonly call: Call
  readonly id: string
  /** Absent for an id nobody knows: such a stream stays open and only sends comments, as in the real service. */
  readonly command: string | undefined
}

async function stream(world: World, infra: Infra, { call, id, command }: Stream): Promise<void> {
  const { response } = call
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  })
  response.write(`: connected to stream for xRequestId=${id}\n\n`)
  if (command === undefined) return keepAlive(world, response)
  for (const event of eventsOf(infra, command)) {
    if (response.destroyed) return
    const timestamp = new Date(world.clock.now()).toISOString()
    response.write(`data: ${JSON.stringify({ ...event, timestamp })}\n\n`)
    await world.clock.sleep(world.creationMs / EVENTS_PER_CREATION)
  }
  response.end()
}

async function keepAlive(world: World, response: ServerResponse): Promise<void> {
  while (!response.destroyed) {
    await world.clock.sleep(KEEPALIVE_MS)
    if (!response.destroyed) response.write(': keepalive\n\n')
  }
}

function* eventsOf(infra: Infra, command: string): Generator<Readonly<Record<string, unknown>>> {
  for (const { id } of infra.nodes) {
    const common = { nodeId: id, commandIndex: 1 }
    yield { type: 'CommandStatus', ...common, status: { status: 'Handling' } }
    const line = `${id}: ${command}`
    yield { type: 'CommandLog', ...common, log: { stream: 'stdout', line, lineNumber: 1 } }
    yield { type: 'CommandStatus', ...common, status: { status: 'Completed' } }
  }
  const total = infra.nodes.length
  const summary = { totalNodes: total, completedNodes: total, failedNodes: 0 }
  yield { type: 'CommandDone', nodeId: '', commandIndex: 0, summary }
}
