import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printCapnp, verbatim } from '../../src/cli/capnp.ts'
import { makeScratch } from '../../src/cli/scratch.ts'
import { SIGNALS } from '../../src/cli/signals.ts'
import { runWorkerd } from '../../src/cli/workerd.ts'
import { readWrangler } from '../../src/cli/wrangler.ts'
import { BARE_VARIABLES, type Floor } from './processes.ts'

/** A process of its own that runs a bare Worker until its parent lets go of it; stdout as with `gateway.ts`. */
const started = start()

for (const signal of SIGNALS) process.on(signal, () => {})
process.on('disconnect', () => {
  void started.then(({ close }) => close()).finally(() => process.exit())
})

const { url, pid } = await started
process.send?.({ url, pid })

async function start() {
  const scratch = makeScratch()
  const { upstream, floor, key } = readVariables(process.env)
  const workers = join(import.meta.dirname, 'workers')
  copyFileSync(join(workers, floor.script), join(scratch.path, 'bare.js'))
  copyFileSync(join(workers, 'duties.js'), join(scratch.path, 'duties.js'))
  mkdirSync(join(scratch.path, 'state'))
  const configFile = join(scratch.path, 'workerd.capnp')
  writeFileSync(configFile, configOf({ upstream, floor, key }, join(scratch.path, 'state')))
  const workerd = await runWorkerd({
    configFile,
    scratch: scratch.path,
    environment: {},
    sockets: ['http'],
  })
  return {
    url: `http://127.0.0.1:${workerd.ports['http']}`,
    pid: workerd.pid,
    close: async () => {
      workerd.kill('SIGKILL')
      await workerd.ended
      scratch.remove()
    },
  }
}

interface Variables {
  readonly upstream: string
  readonly floor: Floor
  /** A JWK. */
  readonly key: string
}

function readVariables(environment: NodeJS.ProcessEnv): Variables {
  const [upstream, floor, key] = BARE_VARIABLES.map((name) => environment[name] ?? '')
  return { upstream: upstream ?? '', floor: JSON.parse(floor ?? '') as Floor, key: key ?? '' }
}

function configOf({ upstream, floor: { object }, key }: Variables, stateDirectory: string): string {
  const { compatibility_date, compatibility_flags } = readWrangler()
  const config = {
    services: [
      { name: 'bare', worker: verbatim('.bare') },
      { name: 'internet', network: { allow: ['public', 'private', 'local'] } },
      { name: 'state', disk: { path: stateDirectory, writable: true } },
    ],
    sockets: [{ name: 'http', address: '127.0.0.1:0', http: {}, service: 'bare' }],
  }
  const bare = {
    modules: ['bare.js', 'duties.js'].map((name) => ({
      name,
      esModule: verbatim(`embed "${name}"`),
    })),
    compatibilityDate: compatibility_date,
    compatibilityFlags: compatibility_flags,
    bindings: [
      { name: 'UPSTREAM', text: upstream },
      { name: 'KEY', text: key },
      ...(object ? [{ name: object.binding, durableObjectNamespace: object.className }] : []),
    ],
    ...(object && {
      durableObjectNamespaces: [
        { className: object.className, uniqueKey: object.className, enableSql: true },
      ],
      durableObjectStorage: { localDisk: 'state' },
    }),
  }
  return [
    'using Workerd = import "/workerd/workerd.capnp";',
    `const config :Workerd.Config = ${printCapnp(config)};`,
    `const bare :Workerd.Worker = ${printCapnp(bare)};`,
    '',
  ].join('\n')
}
