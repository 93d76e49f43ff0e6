import { afterAll, describe, expect, test } from 'vitest'
import type { Running } from '../cli/cli.ts'
import { CliStack, type Ran, ranOf } from './cli-stack.ts'
import { describeOnCluster, describeOnOwnCluster, kubectl } from './stack.ts'
import { useWiredStack } from './wired-stack.ts'

const SPIDER = 'cb-spider'
const POSTGRES = 'cb-spider-postgres'

/** What a failure may take beyond its bound, in ms. */
const RESERVE_MS = 5_000
/** How long what is stuck is waited for, in ms. */
const STUCK_MS = 60_000

/** Calls once when a line that a verb prints has a text. */
function whenSaid({ child, stdout }: Running, text: string, act: () => void): void {
  let isDone = false
  child.stdout?.on('data', () => {
    if (isDone || !stdout().includes(text)) return
    isDone = true
    act()
  })
}

/** Runs `up`, and measures from the first operation on a workload to the end. */
async function timed(stack: CliStack, operation: string, settings: Record<string, string>) {
  const running = stack.start('up', settings)
  let start = Number.NaN
  whenSaid(running, `"resource":"${operation}"`, () => (start = performance.now()))
  const ran = await ranOf(running)
  return { ran, ms: performance.now() - start }
}

const reasonOf = ({ report }: Ran, name: string) =>
  report.components.find((component) => component.name === name)?.reason

describeOnCluster('a component that cannot come up', () => {
  const stacks = [new CliStack(), new CliStack(), new CliStack(), new CliStack()] as const
  const [missing, crashing, late, good] = stacks
  afterAll(() => stacks.forEach((stack) => stack.remove()))
  const database = { components: POSTGRES }
  const image = (word: string) => ({
    ...database,
    [`images.${POSTGRES}`]: `example.org/${word}:1`,
  })

  test('fails by itself, in its time, whatever stacks are beside it', async () => {
    const workload = `StatefulSet ${POSTGRES}`
    const [noImage, crash, never, fine] = await Promise.all([
      timed(missing, workload, image('no-such-image')),
      timed(crashing, workload, image('crash-loop')),
      timed(late, workload, { ...image('never-ready'), [`bounds.${POSTGRES}`]: '20s' }),
      timed(good, workload, database),
    ])
    expect(fine.ran).toMatchObject({ code: 0, report: { result: 'ready' } })
    for (const { ran } of [noImage, crash, never]) {
      expect(ran).toMatchObject({ code: 3, report: { result: 'failed', exit: 3 } })
      expect(ran.text).not.toMatch(/^\s+at /m)
    }
    const reasons = [noImage, crash, never].map(({ ran }) => reasonOf(ran, POSTGRES))
    expect(reasons).toEqual([
      expect.stringMatching(/ImagePullBackOff.*Check "images\.cb-spider-postgres"/s),
      expect.stringMatching(/CrashLoopBackOff.*kubectl logs .*--previous/s),
      expect.stringMatching(/does not answer its readiness probe.*raise "bounds\./s),
    ])
    for (const { ms } of [noImage, crash]) {
      expect(ms).toBeGreaterThan(STUCK_MS)
      expect(ms).toBeLessThan(STUCK_MS + RESERVE_MS)
    }
    expect(never.ms).toBeLessThan(20_000 + RESERVE_MS)
  })

  test('comes up once it is put right', async () => {
    const ran = await missing.run('up', database)
    expect(ran).toMatchObject({ code: 0, report: { result: 'ready' } })
  })

  test('whose pod is just being replaced is waited for, though nothing is to change', async () => {
    const pod = ['pod', `${POSTGRES}-0`, '-n', good.namespace]
    kubectl(['delete', ...pod, '--wait=false'])
    expect(await good.run('up', database)).toMatchObject({
      code: 0,
      report: { result: 'unchanged', components: [{ state: 'ready' }] },
    })
  })
})

describeOnCluster('a cluster without room', () => {
  const [late, early] = [new CliStack(), new CliStack()]
  const filler = new CliStack()
  afterAll(() => {
    // Those behind us need the room.
    kubectl(['delete', 'namespace', filler.namespace, '--ignore-not-found'])
    for (const stack of [late, early, filler]) stack.remove()
  })

  /** Leaves 200m of CPU on every node: enough for the database, and for nothing else. */
  function fill(): void {
    const nodes = JSON.parse(kubectl(['get', 'nodes', '-o', 'json'])) as Nodes
    const pods = nodes.items.map(({ metadata, status }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: metadata.name, namespace: filler.namespace },
      spec: {
        nodeName: metadata.name,
        containers: [
          {
            name: 'a',
            image: 'example.org/filler:1',
            resources: { requests: { cpu: `${Number(status.allocatable.cpu) - 1}` } },
          },
        ],
      },
    }))
    const rest = pods.map(({ metadata, spec, ...pod }) => ({
      ...pod,
      metadata: { ...metadata, name: `${metadata.name}-rest` },
      spec: {
        ...spec,
        containers: spec.containers.map((container) => ({
          ...container,
          resources: { requests: { cpu: '800m' } },
        })),
      },
    }))
    const list = { apiVersion: 'v1', kind: 'List', items: [...pods, ...rest] }
    kubectl(['create', '-f', '-'], JSON.stringify(list))
  }

  test('that fills up meanwhile fails what finds none, within its bound', async () => {
    kubectl(['create', 'namespace', filler.namespace])
    const running = late.start('up', { [`bounds.${SPIDER}`]: '10s' })
    whenSaid(running, '"operation":"create"', fill)
    let start = Number.NaN
    whenSaid(running, `"resource":"Deployment ${SPIDER}"`, () => (start = performance.now()))
    const ran = await ranOf(running)
    expect(performance.now() - start).toBeLessThan(10_000 + RESERVE_MS)
    expect(ran).toMatchObject({ code: 3 })
    expect(reasonOf(ran, SPIDER)).toMatch(/^Unschedulable: .*Insufficient cpu.*Add a node/s)
  })

  test('is refused before anything is changed', async () => {
    const ran = await early.run('up')
    expect(ran).toMatchObject({ code: 1, report: { changes: [] } })
    expect(ran.report.errors).toEqual([expect.stringContaining(`No node has room for ${SPIDER}`)])
    expect(kubectl(['get', 'namespace', early.namespace, '--ignore-not-found'])).toBe('')
  })
})

interface Nodes {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly status: { readonly allocatable: { readonly cpu: string } }
  }[]
}

describeOnOwnCluster('an API server that is away for 20 s in the middle', (part) => {
  const stack = new CliStack()
  afterAll(() => {
    part('start-part', 'kube-apiserver')
    stack.remove()
  })

  test('is waited for: up finishes all the same', async () => {
    const running = stack.start('up', {})
    let isAway = false
    whenSaid(running, `"resource":"StatefulSet ${POSTGRES}"`, () => {
      isAway = true
      part('stop-part', 'kube-apiserver')
      setTimeout(() => part('start-part', 'kube-apiserver'), 20_000)
    })
    const ran = await ranOf(running)
    expect(isAway).toBe(true)
    expect(ran.report.errors).toBeUndefined()
    expect(ran).toMatchObject({ code: 0, report: { result: 'ready' } })
    expect(await stack.run('preview')).toMatchObject({ report: { result: 'unchanged' } })
  })
})

describe('a gateway', () => {
  describeOnCluster('that no longer lets the stack in', () => {
    const { stack, gateway, settings } = useWiredStack('token')

    test('cannot be given back the traffic of a change that failed: exit code 4, by name', async () => {
      expect(await stack.run('up', settings)).toMatchObject({ code: 0 })
      const broken = {
        ...settings,
        [`images.${SPIDER}`]: 'example.org/never-ready:1',
        [`bounds.${SPIDER}`]: '5s',
      }
      const running = stack.start('up', broken)
      whenSaid(running, '"state":"starting"', () => void gateway.endToken())
      const ran = await ranOf(running)
      expect(ran).toMatchObject({ code: 4, report: { result: 'failed', exit: 4 } })
      expect(ran.report.errors).toContainEqual(
        expect.stringContaining('what was drained for it cannot be opened again'),
      )
      expect(reasonOf(ran, SPIDER)).toContain('readiness probe')
      stack.env['CB_BRIDGE_TOKEN'] = await gateway.token()
      expect(await gateway.upstreams()).toMatchObject([{ drain: { state: 'drained' } }, {}])
      expect(await stack.run('up', settings)).toMatchObject({ code: 0 })
    })
  })
})

describeOnCluster('a namespace that somebody made anew', () => {
  const stack = new CliStack()
  afterAll(() => stack.remove())

  test('is neither labelled nor deleted: every verb refuses', async () => {
    const settings = { components: POSTGRES }
    expect(await stack.run('up', settings)).toMatchObject({ code: 0 })
    kubectl(['delete', 'namespace', stack.namespace])
    kubectl(['create', 'namespace', stack.namespace])
    kubectl(['create', 'configmap', 'theirs', '-n', stack.namespace])
    const runs = [
      () => stack.run('up', settings),
      () => stack.run('preview', settings),
      () => stack.run('down'),
      () => stack.run('down', {}, '--delete-data', '--yes'),
    ]
    for (const run of runs) {
      const { code, report } = await run()
      expect({ code, errors: report.errors }).toMatchObject({
        code: 1,
        errors: expect.arrayContaining([
          expect.stringContaining('is not the one that this stack made'),
        ]) as string[],
      })
    }
    expect(kubectl(['get', 'configmap', 'theirs', '-n', stack.namespace, '-o', 'name'])).toBe(
      'configmap/theirs\n',
    )
    const labels = kubectl([
      'get',
      'namespace',
      stack.namespace,
      '-o',
      'jsonpath={.metadata.labels}',
    ])
    expect(labels).not.toContain('cb-bridge')
  })
})

describeOnCluster('a component that is left out and taken up again', () => {
  const stack = new CliStack()
  afterAll(() => stack.remove())
  const passwords = () =>
    stack.objects('secrets').map(({ metadata, data }) => [metadata.name, data])

  test('has the password that it had', async () => {
    expect(await stack.run('up')).toMatchObject({ code: 0 })
    const before = passwords()
    expect(before).toHaveLength(2)
    const without = await stack.run('up', { components: POSTGRES })
    expect(without).toMatchObject({ code: 0 })
    expect(without.report.changes.map(({ op, resource }) => `${op} ${resource}`)).not.toContain(
      `delete Secret ${SPIDER}`,
    )
    expect(stack.objects('deployments')).toEqual([])
    expect(passwords()).toEqual(before)
    expect(await stack.run('up')).toMatchObject({ code: 0 })
    expect(passwords()).toEqual(before)
    expect(await stack.run('down', {}, '--delete-data', '--yes')).toMatchObject({
      code: 0,
      report: { result: 'gone' },
    })
  })
})
