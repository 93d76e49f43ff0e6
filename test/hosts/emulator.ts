import { startServe } from '../../src/cli/serve.ts'
import type { Host } from '../contract/host.ts'
import { CLOSING_LOOKS_LIKE_HALF_CLOSING, createFetch, createTalks, createWire } from './client.ts'
import { builtWorker, writeDirectory } from './directory.ts'
import { swapper } from './swapper.ts'

/** The gateway in miniflare, as `cb-bridge serve` runs it. */
export const emulator: Host = {
  name: 'the emulator',
  lacks: {
    'client-abort': CLOSING_LOOKS_LIKE_HALF_CLOSING,
  },
  clientAddress: '127.0.0.1',
  start: async (configuration, values) => {
    const directory = writeDirectory(configuration)
    const lines: string[] = []
    const keep = (line: string) => void lines.push(line)
    const serving = await startServe({
      config: directory.path,
      port: 0,
      values,
      ...builtWorker(),
      log: keep,
      note: keep,
    })
    return {
      fetch: createFetch(serving.url),
      webSocket: createTalks(serving.url),
      wire: createWire(serving.url),
      swap: swapper(directory, serving.swap),
      logs: () => lines,
      close: async () => {
        await serving.close()
        directory.remove()
      },
    }
  },
}
