import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { descendants, isAlive } from '../cli/cli.ts'
import { CliStack } from './cli-stack.ts'
import { describeOnCluster, kubectl } from './stack.ts'
import { useWiredStack } from './wired-stack.ts'

const SPIDER = 'cb-spider'
const POSTGRES = 'cb-spider-postgres'

/** Who is killed, in turns. */
const VICTIMS = ['the engine', 'cb-bridge', 'both'] as const
type Victim = (typeof VICTIMS)[number]

/** More than there are operations. */
const MOST = 60

/** Runs a verb and kills at the first operation that is due; resolves with it, or with the end of the run. */
async function interrupt(
  running: ReturnType<CliStack['start']>,
  isDue: (operation: string) => boolean,
  victim: Victim,
): Promise<{ readonly killedAt?: string; readonly code?: number | null; readonly said: string }> {
  const { child, stdout, stderr, exited } = running
  const engineOf = () => descendants(child.pid).find(({ name }) => name === 'pulumi')?.pid
  let killedAt: string | undefined
  let providers: readonly number[] = []
  const look = () => {
    if (killedAt !== undefined) return
    killedAt = operationsIn(stdout()).find(isDue)
    if (killedAt === undefined) return
    const engine = engineOf()
    providers = engine === undefined ? [] : providersOf(engine)
    if (victim !== 'the engine') child.kill('SIGKILL')
    if (victim !== 'cb-bridge' && engine !== undefined) process.kill(engine, 'SIGKILL')
  }
  child.stdout?.on('data', look)
  const code = await exited
  // Ours ends by itself; those of others may not.
  for (const provider of providers.filter(isAlive)) process.kill(provider, 'SIGKILL')
  const said = stdout() + stderr()
  return killedAt === undefined ? { code, said } : { killedAt, said }
}

/** Kubernetes providers of an engine. */
const providersOf = (engine: number): readonly number[] =>
  descendants(engine)
    .filter(({ name }) => name.startsWith('pulumi'))
    .map(({ pid }) => pid)

/** `create Service cb-spider` and the like, from whole lines. */
const operationsIn = (text: string): readonly string[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { operation?: string; resource?: string })
    .flatMap(({ operation, resource }) =>
      operation === undefined ? [] : [`${operation} ${resource ?? ''}`],
    )

describeOnCluster('kill -9', () => {
  const { stack, gateway, settings } = useWiredStack('bootstrap')
  // One operation after the other, so that each of them is met.
  stack.env['PULUMI_PARALLEL'] = '1'

  /** Types a command again and again, killed at each operation, until nothing new begins. */
  async function untilDone(verb: string, given: Record<string, string>, ...flags: string[]) {
    const seen = new Set<string>()
    for (let turn = 0; turn < MOST; turn += 1) {
      const victim = VICTIMS[turn % VICTIMS.length] ?? 'both'
      const running = stack.start(verb, given, ...flags)
      const isNew = (operation: string) => !seen.has(operation)
      const { killedAt, code, said } = await interrupt(running, isNew, victim)
      if (killedAt === undefined) return { kills: seen.size, code, said }
      seen.add(killedAt)
      expect(secretsAreKept(), `${victim} killed at ${killedAt}: ${said}`).toBe(true)
    }
    throw new Error(`${verb} begins something new after ${MOST} kills: ${[...seen].join(', ')}`)
  }

  /** Values of Secrets that were seen once never change. */
  const values = new Map<string, string>()
  function secretsAreKept(): boolean {
    return stack.objects('secrets').every(({ metadata: { name }, data }) => {
      const value = JSON.stringify(data)
      const before = values.get(name) ?? value
      values.set(name, before)
      return before === value
    })
  }
  const pending = () =>
    (JSON.parse(readFileSync(stack.checkpoint, 'utf8')) as Checkpoint).checkpoint.latest
      .pending_operations ?? []

  test(
    'at each operation of up: the same command finishes, and nothing is left under way',
    { timeout: 600_000 },
    async () => {
      const { kills, code, said } = await untilDone('up', settings)
      expect({ code, said: code === 0 ? '' : said }).toEqual({ code: 0, said: '' })
      // What an engine still did while it was killed is not met again: not each of the dozen operations.
      expect(kills).toBeGreaterThanOrEqual(8)
      expect(stack.objects('deployments,statefulsets,services,configmaps')).toHaveLength(6)
      expect(pending()).toEqual([])
      delete stack.env['CB_BRIDGE_BOOTSTRAP']
      expect(await stack.run('up', settings)).toMatchObject({
        code: 0,
        report: { result: 'unchanged' },
      })
      const names = (await gateway.upstreams()).map(({ name }) => name)
      expect(names).toEqual([SPIDER, 'cb-spider-s3'])
      // One token of ours, whatever was begun twice.
      expect(await gateway.tokens()).toEqual(['eve', expect.stringContaining(stack.name) as string])
    },
  )

  test(
    'at each operation of down: the same command finishes, and the data stays',
    { timeout: 600_000 },
    async () => {
      const { kills, code, said } = await untilDone('down', {})
      expect({ code, said: code === 0 ? '' : said }).toEqual({ code: 0, said: '' })
      expect(kills).toBeGreaterThanOrEqual(4)
      expect(pending()).toEqual([])
      expect(stack.objects('deployments,statefulsets,services,configmaps')).toEqual([])
      expect(stack.objects('secrets,pvc')).toHaveLength(3)
      expect(secretsAreKept()).toBe(true)
      expect(await gateway.upstreams()).toEqual([])
      expect(await stack.run('up', settings)).toMatchObject({ code: 0 })
      expect(secretsAreKept()).toBe(true)
    },
  )

  test(
    'at the end of everything: down --delete-data finishes as well',
    { timeout: 600_000 },
    async () => {
      const { code, said } = await untilDone('down', {}, '--delete-data', '--yes')
      expect({ code, said: code === 0 ? '' : said }).toEqual({ code: 0, said: '' })
      expect(kubectl(['get', 'namespace', stack.namespace, '--ignore-not-found'])).toBe('')
    },
  )
})

interface Checkpoint {
  readonly checkpoint: {
    readonly latest: { readonly pending_operations?: readonly unknown[] }
  }
}

describeOnCluster('what an interruption leaves', () => {
  const stack = new CliStack()
  afterAll(() => stack.remove())
  const settings = { components: POSTGRES }

  test('our provider ends with the engine', async () => {
    const running = stack.start('up', settings)
    const { child, stdout, exited } = running
    while (operationsIn(stdout()).length < 3 && child.exitCode === null) await pause()
    const engine = descendants(child.pid).find(({ name }) => name === 'pulumi')?.pid ?? -1
    const ours = descendants(engine).filter(({ name }) => !name.startsWith('pulumi'))
    const providers = ours.map(({ pid }) => pid)
    expect(providers).toHaveLength(1)
    const others = providersOf(engine)
    process.kill(engine, 'SIGKILL')
    expect(await exited).toBe(2)
    expect(stdout()).toContain('The engine was ended by SIGKILL. Type the same command again')
    const end = performance.now() + 10_000
    while (providers.some(isAlive) && performance.now() < end) await pause()
    expect(providers.filter(isAlive)).toEqual([])
    for (const provider of others.filter(isAlive)) process.kill(provider, 'SIGKILL')
  })

  test('a lock of somebody who lives, or may live elsewhere, is an error that names them', async () => {
    const directory = join(
      stack.directory,
      'state/.pulumi/locks/organization/cb-bridge',
      stack.name,
    )
    mkdirSync(directory, { recursive: true })
    const file = join(directory, 'lock.json')
    const lock = { pid: process.pid, username: 'ann', timestamp: new Date().toISOString() }
    for (const host of [hostname(), 'elsewhere']) {
      writeFileSync(file, JSON.stringify({ ...lock, hostname: host }))
      const { code, report } = await stack.run('up', settings)
      expect({ code, errors: report.errors }).toEqual({
        code: 1,
        errors: [
          expect.stringContaining(`in use by ann@${host} (process ${process.pid}`) as string,
        ],
      })
    }
    rmSync(file)
    expect(await stack.run('up', settings)).toMatchObject({ code: 0 })
  })
})

describeOnCluster('a create that was under way', () => {
  const stack = new CliStack()
  stack.env['PULUMI_PARALLEL'] = '1'
  afterAll(() => stack.remove())
  const settings = { components: POSTGRES }

  test(
    'a name that a stranger took meanwhile is an error, and up goes on when it is free',
    { timeout: 300_000 },
    async () => {
      const upTo = `create ConfigMap ${POSTGRES}`
      const isDue = (operation: string) => operation === upTo
      const { killedAt } = await interrupt(stack.start('up', settings), isDue, 'both')
      expect(killedAt).toBe(upTo)
      const here = ['-n', stack.namespace]
      kubectl(['delete', 'configmap', POSTGRES, '--ignore-not-found', ...here])
      kubectl(['create', 'configmap', POSTGRES, '--from-literal=a=b', ...here])
      const { code, report } = await stack.run('up', settings)
      expect({ code, errors: report.errors }).toEqual({
        code: 1,
        errors: [expect.stringContaining(`There is a ConfigMap "${POSTGRES}"`) as string],
      })
      expect(stack.objects('configmaps')).toEqual([])
      kubectl(['delete', 'configmap', POSTGRES, ...here])
      expect(await stack.run('up', settings)).toMatchObject({
        code: 0,
        report: { result: 'ready' },
      })
    },
  )
})

const pause = () => new Promise((resolve) => setTimeout(resolve, 50))
