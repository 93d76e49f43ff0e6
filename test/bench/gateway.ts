import { join } from 'node:path'
import { startContainer } from '../../src/cli/container.ts'
import { lend } from './lend.ts'

const DRAIN_MS = 500

/**
 * A process of its own that runs the gateway in plain workerd until its parent lets go of it. workerd inherits its
 * stdout, which the parent has opened on nothing: the request log is written, but nobody's CPU goes into reading it.
 */
const started = startContainer({
  config: join(import.meta.dirname, 'config'),
  port: 0,
  values: pickValues(process.env),
  note: (text) => console.error(text),
})

await lend(started.then(({ url, pid, close }) => ({ url, pid, close: () => close(DRAIN_MS) })))

function pickValues({
  BENCH_UPSTREAM = '',
  BENCH_LOG = 'json',
  BENCH_KEYS = '',
}: NodeJS.ProcessEnv) {
  return { BENCH_UPSTREAM, BENCH_LOG, BENCH_KEYS }
}
