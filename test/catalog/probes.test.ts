import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSettings } from '../../infra/settings/read.ts'
import { podTemplateOf } from '../../infra/kubernetes/pod.ts'
import type { Api, Component } from '../../infra/system/model.ts'
import { resolve } from '../../infra/system/resolve.ts'
import { askReady } from '../../infra/wiring/ready.ts'
import { systemClock } from '../../src/cli/demo/clock.ts'
import { startStandIn, type StandIn } from '../../src/cli/demo/stand-in.ts'
import { createStandIns } from '../../src/cli/demo/stand-ins.ts'
import { createWorld } from '../../src/cli/demo/world.ts'
import { unreadyWhile } from '../support/unready.ts'

const CREDENTIALS = { username: 'barista', password: 'beans' }

interface Subject {
  readonly component: Component
  readonly api: Api
  readonly standIn: StandIn
}

/** HTTP components of a catalogue with what imitates them. */
function subjectsOf(catalog: string): readonly Subject[] {
  const { read } = readSettings({ catalog }, 'settings')
  const system = read && resolve(read.catalog, read.settings, 'settings')
  if (system?.ok !== true) throw new Error(`${catalog} does not resolve`)
  const standIns = createStandIns(createWorld(systemClock, 0), () => CREDENTIALS)
  return system.value.components.flatMap((component) => {
    const { api, name } = component
    if (api === undefined) return []
    const standIn = standIns.find((each) => each.name === name)
    if (standIn === undefined) throw new Error(`${name} has no stand-in in cb-bridge demo`)
    return [{ component, api, standIn }]
  })
}

const SUBJECTS = subjectsOf('v0.13')

test('the catalogue has HTTP components', () => {
  expect(SUBJECTS.map(({ component }) => component.name)).toContain('cb-spider')
})

describe.each(SUBJECTS)('$component.name against its stand-in', ({ component, api, standIn }) => {
  let isReady = true
  let running: Awaited<ReturnType<typeof startStandIn>>

  beforeAll(async () => {
    running = await startStandIn(unreadyWhile(standIn, api.ready.path, () => !isReady))
  })
  afterAll(() => running.close())

  const { spec } = podTemplateOf(component, 'dev', 'hash') as unknown as PodTemplate
  const [container] = spec.containers
  const probes = (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((kind) => {
    const { httpGet } = container?.[kind] ?? {}
    return httpGet === undefined ? [] : [{ kind, ...httpGet }]
  })

  /** Asks as the kubelet does: a port by its name in the container, and any status from 200 to 399 is well. */
  const passes = async ({ port, path }: HttpGet): Promise<boolean> => {
    const number = container?.ports.find(({ name }) => name === port)?.containerPort
    expect(number).toBe(api.port.number)
    const { status, body } = await fetch(running.url + path, { redirect: 'manual' })
    await body?.cancel()
    return status >= 200 && status < 400
  }
  const { codes, path } = api.ready
  const ask = () => askReady({ url: running.url + path, codes })

  test('all three probes ask its API', () => {
    expect(probes.map(({ kind }) => kind)).toEqual([
      'startupProbe',
      'readinessProbe',
      'livenessProbe',
    ])
  })

  test('every probe, and the request of the wiring, finds it ready when it is', async () => {
    isReady = true
    for (const probe of probes) expect(await passes(probe), probe.kind).toBe(true)
    expect(await ask()).toBeUndefined()
  })

  test('and none does when it is not', async () => {
    isReady = false
    for (const probe of probes) expect(await passes(probe), probe.kind).toBe(false)
    expect(await ask()).toContain('answers 503')
  })

  test('all that it answers is below its base path', () => {
    const paths = Object.keys(standIn.routes).map((route) => route.split(' ')[1] ?? '')
    expect(paths).not.toEqual([])
    expect(paths.filter((each) => !`${each}/`.startsWith(`${api.basePath}/`))).toEqual([])
  })

  test('it asks for credentials where the catalogue has some, but not for readiness', async () => {
    isReady = true
    const answer = await fetch(`${running.url}${api.basePath}/nothing-of-this-name`)
    await answer.body?.cancel()
    expect(answer.status === 401).toBe(api.auth !== undefined)
    expect(api.ready.isAuthenticated).toBe(false)
  })
})

interface HttpGet {
  readonly port: string
  readonly path: string
}

type Kind = 'startupProbe' | 'readinessProbe' | 'livenessProbe'

interface PodTemplate {
  readonly spec: { readonly containers: readonly Container[] }
}

/** What of a container is asked about; nothing of it is a promise. */
interface Container extends Readonly<Record<Kind, { readonly httpGet?: HttpGet } | undefined>> {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
}
