import { beforeAll, describe, expect, it } from 'vitest'
import { readConfiguration } from '../../src/cli/configuration.ts'
import type { Plan, Route } from '../../src/plan/types.ts'
import { startDemo } from '../../src/cli/demo/start.ts'
import { activate } from '../../src/plan/activate.ts'
import { ROUTES } from './gateway.ts'

type Read = Awaited<ReturnType<typeof readConfiguration>>
let read: Read
let plan: Plan

beforeAll(async () => {
  read = await readConfiguration(ROUTES)
  const demo = await startDemo()
  await demo.close()
  if (read.plan === undefined) throw new Error(JSON.stringify(read.diagnostics, undefined, 2))
  const activated = activate(read.plan, (name) => demo.values[name])
  if (!activated.ok) throw new Error(JSON.stringify(activated.error, undefined, 2))
  plan = activated.value
})

const bypasses = () => plan.routes.filter((route) => route.isBypass)
const readOnly = () => plan.routes.filter((route) => route.path.startsWith('/readonly/'))

describe('the shipped routes', () => {
  it('load without an error or a warning', () => {
    expect(read.diagnostics.filter(({ severity }) => severity !== 'notice')).toEqual([])
  })

  it('cover the components of today and of 2020-21', () => {
    expect(Object.keys(plan.site.upstreams).toSorted()).toEqual([
      'cb-dragonfly',
      'cb-ladybug',
      'cb-mapui',
      'cb-spider',
      'cb-spider-s3',
      'cb-tumblebug',
      'mc-terrarium',
    ])
    expect(
      bypasses()
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual([
      '/dragonfly/*',
      '/ladybug/*',
      '/mapui/*',
      '/spider/*',
      '/spider/s3/*',
      '/terrarium/*',
      '/tumblebug/*',
    ])
    const components = new Set(readOnly().map((route) => route.path.split('/')[2]))
    expect(components).toEqual(
      new Set(['dragonfly', 'ladybug', 'spider', 'terrarium', 'tumblebug']),
    )
  })

  it('show what only a gateway can do', () => {
    const others = plan.routes.filter((r) => !bypasses().includes(r) && !readOnly().includes(r))
    expect(others.map(({ path }) => path).toSorted()).toEqual([
      '/checked/ns',
      '/dashboard/{nsId}',
      '/nodes/{nsId}/{infraId}',
      '/private/{nsId}',
      '/public/{nsId}',
      '/spider/s3',
      '/where/{nsId}/{infraId}',
    ])
  })

  it('reach a component only by its name, with credentials from the environment alone', () => {
    for (const { hosts } of plan.routes.flatMap((route): Route['backends'] => route.backends)) {
      expect(hosts.every((host) => 'upstream' in host)).toBe(true)
    }
    const secrets = read.references.filter(({ name }) => /_(USERNAME|PASSWORD)$/.test(name))
    expect(secrets).toHaveLength(10)
    expect(secrets.filter(({ hasDefault }) => hasDefault)).toEqual([])
  })

  it('never cut what creates or controls infrastructure, and change nothing on the way', () => {
    for (const { path, timeoutMs, output, backends } of bypasses()) {
      expect({ path, timeoutMs, output }).toEqual({ path, timeoutMs: 0, output: 'no-op' })
      expect(backends[0].encoding).toBe('no-op')
    }
    const acting = plan.routes.filter(({ isBypass, method }) => !isBypass && method !== 'GET')
    expect(acting.map(({ path, timeoutMs }) => [path, timeoutMs])).toEqual([['/checked/ns', 0]])
  })

  it('offer no way to act in the read-only set', () => {
    const calls = readOnly().flatMap(({ method, backends }) =>
      backends.map((backend) => `${method} ${backend.method} ${JSON.stringify(backend.path)}`),
    )
    expect(calls.filter((call) => !call.startsWith('GET GET '))).toEqual([])
    expect(calls.filter((call) => /control|\/cmd|kubeconfig|token/.test(call))).toEqual([])
  })

  it('let nobody keep an answer', () => {
    expect(plan.routes.filter(({ cacheTtlS }) => cacheTtlS > 0)).toEqual([])
  })
})
