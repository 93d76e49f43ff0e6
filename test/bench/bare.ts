import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeScratch } from '../../src/cli/scratch.ts'
import { readWrangler } from '../../src/cli/wrangler.ts'
import { startPlainWorker } from '../hosts/plain-worker.ts'
import { lend } from './lend.ts'
import { BARE_VARIABLES, type Floor, type Subject } from './processes.ts'

/** A process of its own that runs a bare Worker until its parent lets go of it; stdout as with `gateway.ts`. */
await lend(start())

function start(): Promise<Subject> {
  const [upstream = '', floor = '', key = ''] = BARE_VARIABLES.map((name) => process.env[name])
  const { script, object } = JSON.parse(floor) as Floor
  const scratch = makeScratch()
  const workers = join(import.meta.dirname, 'workers')
  copyFileSync(join(workers, script), join(scratch.path, 'bare.js'))
  copyFileSync(join(workers, 'duties.js'), join(scratch.path, 'duties.js'))
  const state = join(scratch.path, 'state')
  mkdirSync(state)
  return startPlainWorker({
    scratch,
    modules: ['bare.js', 'duties.js'],
    flags: readWrangler().compatibility_flags,
    bindings: [
      { name: 'UPSTREAM', text: upstream },
      { name: 'KEY', text: key },
      ...(object ? [{ name: object.binding, durableObjectNamespace: object.className }] : []),
    ],
    ...(object && { object: { className: object.className, uniqueKey: object.className } }),
    state,
  })
}
