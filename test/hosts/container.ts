import { startContainer } from '../../src/cli/container.ts'
import type { Host } from '../contract/host.ts'
import { CLOSING_LOOKS_LIKE_HALF_CLOSING, createFetch, createTalks, createWire } from './client.ts'
import { builtWorker, writeDirectory } from './directory.ts'
import { swapper } from './swapper.ts'

/** The gateway in plain workerd, as the container runs it. */
export const container: Host = {
  name: 'plain workerd',
  lacks: {
    'client-abort': CLOSING_LOOKS_LIKE_HALF_CLOSING,
  },
  clientAddress: '127.0.0.1',
  start: async (configuration, values) => {
    const directory = writeDirectory(configuration)
    const lines: string[] = []
    const keep = (line: string) => void lines.push(line)
    const running = await startContainer({
      config: directory.path,
      port: 0,
      values,
      swap: true,
      ...builtWorker(),
      log: keep,
      note: keep,
    })
    return {
      fetch: createFetch(running.url),
      webSocket: createTalks(running.url),
      wire: createWire(running.url),
      swap: swapper(directory, running.swap),
      logs: () => lines,
      close: async () => {
        await running.close(200)
        directory.remove()
      },
    }
  },
}
