import { join } from 'node:path'
import type { Command } from 'commander'
import { makeLocalBootstrap } from './bootstrap.ts'
import type { LocalBootstrap } from './bootstrap.ts'
import { demoText, servedText } from './demo/print.ts'
import { startDemo } from './demo/start.ts'
import type { Demo } from './demo/start.ts'
import { parsePort } from './options.ts'
import { ROOT } from './root.ts'
import { startServe } from './serve.ts'
import type { Serving } from './serve.ts'
import { untilSignalled } from './signals.ts'

interface DemoFlags {
  readonly serve?: boolean
  readonly port: number
  readonly watch?: boolean
  readonly json?: boolean
}

/** `cb-bridge demo`: Cloud-Barista without clouds, and the gateway in front of it if asked for, until Ctrl-C. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'run stand-ins of the Cloud-Barista components, to try the gateway without a cloud',
    )
    .option('--serve', 'also run the gateway in front of them, on the shipped routes')
    .option('--port <number>', 'where the gateway listens; 0 is any free port', parsePort, 8000)
    .option('--watch', 'hand edits of routes/ to the running gateway')
    .option('--json', 'print addresses and credentials as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx cb-bridge demo --serve\n  $ npx cb-bridge demo    # only the stand-ins, for a gateway of your own',
    )
    .action(run)
}

async function run(flags: DemoFlags): Promise<void> {
  const demo = await startDemo()
  try {
    const bootstrap = makeLocalBootstrap((name) => process.env[name])
    const serving = flags.serve === true ? await serve(flags, demo, bootstrap) : undefined
    console.log(announcement(flags, demo, serving))
    const hint = serving === undefined ? undefined : bootstrap.announce(serving.url)
    if (hint !== undefined && flags.json !== true) console.log(`\n${hint}`)
    await untilSignalled()
    await serving?.close()
  } finally {
    await demo.close()
  }
}

const serve = (
  { port, watch = false }: DemoFlags,
  { values }: Demo,
  bootstrap: LocalBootstrap,
): Promise<Serving> =>
  startServe({
    config: join(ROOT, 'routes'),
    port,
    watch,
    values: { ...values, ...bootstrap.values },
  })

function announcement(flags: DemoFlags, demo: Demo, serving: Serving | undefined): string {
  const { components, values } = demo
  if (flags.json === true) return JSON.stringify({ url: serving?.url, components, values })
  return serving === undefined ? demoText(demo) : servedText(demo, serving)
}
