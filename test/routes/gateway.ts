import { fileURLToPath } from 'node:url'
import { startDemo } from '../../src/cli/demo/start.ts'
import type { Demo, DemoOptions } from '../../src/cli/demo/start.ts'
import { startServe } from '../../src/cli/serve.ts'
import type { Serving } from '../../src/cli/serve.ts'

/** The shipped configuration. */
export const ROUTES = fileURLToPath(new URL('../../routes', import.meta.url))

/** The stand-ins and the gateway in front of them, on the shipped routes. */
export interface Stage {
  readonly demo: Demo
  readonly gateway: Serving
  /** Address of the gateway, without the slash at its end. */
  readonly url: string
  /** What the gateway logged, in lines. */
  readonly log: readonly string[]
  /** What the gateway wanted the operator to know. */
  readonly notes: readonly string[]
  readonly close: () => Promise<void>
}

/** Starts both; `values` go before those of the stand-ins. */
export async function startStage(
  options: DemoOptions = {},
  values: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  const demo = await startDemo(options)
  const log: string[] = []
  const notes: string[] = []
  try {
    const gateway = await startServe({
      config: ROUTES,
      port: 0,
      values: { ...demo.values, ...values },
      log: (line) => void log.push(line),
      note: (text) => void notes.push(text),
    })
    const url = gateway.url.replace(/\/$/, '')
    const close = async () => {
      await gateway.close()
      await demo.close()
    }
    return { demo, gateway, url, log, notes, close }
  } catch (error) {
    await demo.close()
    throw error
  }
}
