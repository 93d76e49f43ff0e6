import { connect } from 'node:net'
import { systemClock } from '../../../src/cli/demo/clock.ts'
import { seed } from '../../../src/cli/demo/seed.ts'
import { createSpider } from '../../../src/cli/demo/spider.ts'
import { startStandIn } from '../../../src/cli/demo/stand-in.ts'
import { createWorld } from '../../../src/cli/demo/world.ts'
import { unreadyWhile } from '../../support/unready.ts'

/**
 * CB-Spider of `cb-bridge demo` as the process of a container. It takes the variables of the real one: it is ready when its database
 * takes connections, unless `STAND_IN_READY` is `never`.
 */
const { env } = process
const [host = '', port = ''] = (env['SERVER_ADDRESS'] ?? '').split(':')
const [database = '', databasePort = ''] = (env['SPIDER_METADB_ENDPOINT'] ?? '').split(':')
const credentials = {
  username: env['SPIDER_USERNAME'] ?? '',
  password: env['SPIDER_PASSWORD'] ?? '',
}
const EVERY_MS = 500
let isConnected = false

const world = createWorld(systemClock, 0)
seed(world)
const spider = unreadyWhile(
  createSpider(world, credentials),
  '/spider/readyz',
  () => !isConnected || env['STAND_IN_READY'] === 'never',
)
// A process with the id 1 has no default for any signal.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(143))
look()
void startStandIn(spider, { host, port: Number(port) })

/** Looks again and again whether the database takes connections. */
function look(): void {
  const socket = connect(Number(databasePort), database)
  const settle = (isThere: boolean) => {
    isConnected = isThere
    socket.destroy()
    setTimeout(look, EVERY_MS)
  }
  socket.once('connect', () => settle(true))
  socket.once('error', () => settle(false))
}
