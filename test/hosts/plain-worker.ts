import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Capnp, printCapnp, verbatim } from '../../src/cli/capnp.ts'
import type { Scratch } from '../../src/cli/scratch.ts'
import { runWorkerd } from '../../src/cli/workerd.ts'
import { readWrangler } from '../../src/cli/wrangler.ts'

/** A Worker that is not the gateway. */
export interface PlainWorker {
  /** Where its modules are; removed when it is closed. */
  readonly scratch: Scratch
  /** The main one first. */
  readonly modules: readonly string[]
  readonly flags?: readonly string[]
  readonly bindings: readonly Capnp[]
  /** The one class of Durable Objects that it has. */
  readonly object?: { readonly className: string; readonly uniqueKey: string }
  /** Where the objects keep their files. */
  readonly state: string
  /** Takes each line of its stdout; absent: our own stdout. */
  readonly log?: (line: string) => void
}

/** Starts a Worker in a plain workerd; `url` has no slash at its end. */
export async function startPlainWorker(worker: PlainWorker) {
  const { scratch, log } = worker
  const configFile = join(scratch.path, 'workerd.capnp')
  writeFileSync(configFile, configOf(worker))
  const workerd = await runWorkerd({
    configFile,
    scratch: scratch.path,
    environment: {},
    sockets: ['http'],
    ...(log !== undefined && { log }),
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

function configOf({ modules, flags, bindings, object, state }: PlainWorker): string {
  const config = {
    services: [
      { name: 'plain', worker: verbatim('.plain') },
      { name: 'internet', network: { allow: ['public', 'private', 'local'] } },
      { name: 'state', disk: { path: state, writable: true } },
    ],
    sockets: [{ name: 'http', address: '127.0.0.1:0', http: {}, service: 'plain' }],
  }
  const plain = {
    modules: modules.map((name) => ({ name, esModule: verbatim(`embed "${name}"`) })),
    compatibilityDate: readWrangler().compatibility_date,
    ...(flags !== undefined && { compatibilityFlags: flags }),
    bindings,
    ...(object !== undefined && {
      durableObjectNamespaces: [{ ...object, enableSql: true }],
      durableObjectStorage: { localDisk: 'state' },
    }),
  }
  return [
    'using Workerd = import "/workerd/workerd.capnp";',
    `const config :Workerd.Config = ${printCapnp(config)};`,
    `const plain :Workerd.Worker = ${printCapnp(plain)};`,
    '',
  ].join('\n')
}
