import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import * as z from 'zod'
import type { AdminClient } from '../client/client.ts'
import type { RemoteUpstream, UpstreamSettings } from '../client/types.ts'
import { agree } from './config/agree.ts'
import { printConsequences } from './config/changes.ts'
import { UserFault } from './fault.ts'
import { ACCESS, connect, must, reach, urlOption, yesOption } from './remote.ts'

type Target = UpstreamSettings['targets'][number]

interface CommonFlags {
  readonly url: string
  readonly owner?: string
  readonly force?: boolean
  readonly message: string
  readonly yes?: boolean
}

/** `cb-bridge upstream`: the registry of a running gateway. */
export function addUpstream(program: Command): void {
  const group = program
    .command('upstream')
    .description('read and change the registered upstreams of a running gateway')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx cb-bridge upstream list\n  $ npx cb-bridge upstream put spider --target http://10.0.0.7:1024 --yes',
    )
  addList(group)
  addPut(group)
  addDrain(group)
  addRemove(group)
}

function addList(group: Command): void {
  group
    .command('list')
    .description('list the registered upstreams')
    .addOption(urlOption())
    .option('--json', 'print them as JSON')
    .addHelpText('after', `${ACCESS}\nExample:\n  $ npx cb-bridge upstream list --json`)
    .action(async ({ url, json }: { readonly url: string; readonly json?: boolean }) => {
      const { items } = (await must(connect(url).listUpstreams())).body
      if (json === true) console.log(JSON.stringify(items, null, 2))
      else for (const upstream of items) console.log(printUpstream(upstream))
    })
}

function printUpstream({ name, targets, owner, draining_since: since }: RemoteUpstream): string {
  const shown = targets.map(
    ({ url, weight = 1, tier = 0 }) =>
      url + (weight === 1 ? '' : ` weight ${weight}`) + (tier === 0 ? '' : ` tier ${tier}`),
  )
  const state = since === undefined ? '' : `  draining since ${since}`
  return `${name}  ${shown.join(', ')}  (${owner})${state}`
}

/** Options of everything that changes an upstream. */
const changing = (command: Command): Command =>
  command
    .addOption(urlOption())
    .option('--owner <name>', 'on whose behalf; you, when absent')
    .option('--force', 'also when another owns it')
    .option('--message <text>', 'why, for the history', '')
    .addOption(yesOption())

function addPut(group: Command): void {
  changing(group.command('put'))
    .description('register an upstream, or change it')
    .argument('<name>')
    .option('--target <url>', 'an address, perhaps with =weight; may be repeated', addTarget, [])
    .addOption(
      new Option('--file <path>', 'all settings as JSON, as `list --json` prints them').conflicts(
        'target',
      ),
    )
    .addHelpText(
      'after',
      `${ACCESS}\nExample:\n  $ npx cb-bridge upstream put spider --target http://10.0.0.7:1024=3 --target http://10.0.0.8:1024`,
    )
    .action(async (name: string, flags: PutFlags) => {
      const client = connect(flags.url)
      const before = await findUpstream(client, name)
      const settings = settingsOf(flags, before?.settings)
      const question = before === undefined ? `Register ${name}` : `Change ${name}`
      await agree(`${question} at ${flags.url}?`, flags)
      const changed = await must(
        client.putUpstream(name, settings, { ...toWill(flags), ifMatch: before?.etag ?? null }),
      )
      console.log(printConsequences(changed.body.consequences))
    })
}

/** A file says everything; targets alone leave the rest as it is. */
function settingsOf({ file, target }: PutFlags, before: object | undefined): UpstreamSettings {
  if (file !== undefined) return readSettings(file)
  if (target.length === 0) throw new UserFault('give a --target, or a --file')
  return { ...before, targets: target }
}

interface PutFlags extends CommonFlags {
  readonly target: readonly Target[]
  readonly file?: string
}

function addDrain(group: Command): void {
  changing(group.command('drain'))
    .description('let no new requests to an upstream')
    .argument('<name>')
    .option('--timeout <duration>', 'after which it counts as drained in any case', '60s')
    .option('--wait', 'return when no request is in flight any more')
    .addHelpText(
      'after',
      `${ACCESS}\nExample:\n  $ npx cb-bridge upstream drain spider --wait --yes`,
    )
    .action(async (name: string, flags: CommonFlags & { timeout: string; wait?: boolean }) => {
      const client = connect(flags.url)
      const { etag } = await mustFind(client, name)
      await agree(`Drain ${name} at ${flags.url}?`, flags)
      const will = { ...toWill(flags), ifMatch: etag, timeout: flags.timeout }
      await must(client.drainUpstream(name, will))
      if (flags.wait === true) await untilDrained(client, name)
      else console.log(`${name} drains`)
    })
}

/** Asks every second; the gateway ends it after the drain's own time limit. */
async function untilDrained(client: AdminClient, name: string): Promise<void> {
  for (;;) {
    const { drain } = (await must(client.getUpstream(name))).body
    if (drain.state !== 'draining') {
      console.log(drain.state === 'drained' ? `${name} is drained` : `${name} was opened again`)
      return
    }
    await sleep(1000)
  }
}

function addRemove(group: Command): void {
  changing(group.command('remove'))
    .description('remove an upstream that no route needs')
    .argument('<name>')
    .option('--closed', 'also when a route needs it: such routes answer 503 from then on')
    .addHelpText('after', `${ACCESS}\nExample:\n  $ npx cb-bridge upstream remove spider`)
    .action(async (name: string, flags: CommonFlags & { closed?: boolean }) => {
      const client = connect(flags.url)
      const { etag } = await mustFind(client, name)
      await agree(`Remove ${name} from ${flags.url}?`, flags)
      const removed = await must(
        client.removeUpstream(name, {
          ...toWill(flags),
          ...(flags.closed !== undefined && { closed: flags.closed }),
          ifMatch: etag,
        }),
      )
      console.log(printConsequences(removed.body.consequences))
    })
}

const toWill = ({ owner, force, message }: CommonFlags) => ({
  ...(owner !== undefined && { owner }),
  ...(force !== undefined && { force }),
  message,
})

/** The settings of an upstream, without what the registry adds; undefined when there is none. */
async function findUpstream(client: AdminClient, name: string) {
  const found = await reach(client.getUpstream(name))
  if (!found.ok && found.error.status === 404) return undefined
  const { body, etag = '' } = await must(Promise.resolve(found))
  const { owner: _owner, ...settings } = body
  return { settings, etag }
}

async function mustFind(client: AdminClient, name: string) {
  const found = await findUpstream(client, name)
  if (found === undefined) throw new UserFault(`there is no upstream ${name} in the registry`)
  return found
}

function readSettings(path: string): UpstreamSettings {
  let settings: unknown
  try {
    settings = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UserFault(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const checked = settingsForm.safeParse(settings)
  if (!checked.success) throw new UserFault(`${path}: "targets" must be a list of {"url": ...}`)
  return settings as UpstreamSettings
}

/** The rest is for the gateway to check, which knows the format of its version. */
const settingsForm = z.looseObject({ targets: z.array(z.looseObject({ url: z.string() })) })

/** `http://10.0.0.7:1024` or `http://10.0.0.7:1024=3`. */
function addTarget(text: string, earlier: readonly Target[]): readonly Target[] {
  const [, url = '', weight] = /^(.+?)(?:=(\d+))?$/.exec(text) ?? []
  if (url === '') throw new InvalidArgumentError('Write it like http://10.0.0.7:1024=3.')
  return [...earlier, weight === undefined ? { url } : { url, weight: Number(weight) }]
}
