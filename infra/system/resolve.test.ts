import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { catalogOf } from '../catalog/load.ts'
import { type Catalog, catalogSchema } from '../catalog/schema.ts'
import { readSettings } from '../settings/read.ts'
import type { Component, System } from './model.ts'
import { resolve } from './resolve.ts'

const V013 = catalogOf('v0.13')

/** The system that a catalogue makes of settings as a user writes them, or what is wrong with them. */
function outcomeOf(written: unknown, catalog: Catalog) {
  const { read, faults } = readSettings(written, 'stack')
  const resolved = read && resolve(catalog, read.settings, 'stack')
  return {
    system: resolved?.ok === true ? resolved.value : undefined,
    faults: [...faults, ...(resolved?.ok === false ? resolved.error : [])],
  }
}

function systemOf(written: unknown, catalog: Catalog = V013): System {
  const { system, faults } = outcomeOf(written, catalog)
  if (system === undefined) throw new Error(JSON.stringify(faults))
  return system
}

/** What is wrong with settings: `path: message (hint)`. */
const faultsOf = (written: unknown): readonly string[] =>
  outcomeOf(written, V013).faults.map(
    ({ place, message, hint }) => `${place.path.join('.')}: ${message} (${hint})`,
  )

const names = ({ components }: System) => components.map(({ name }) => name)

function componentOf(settings: unknown, name: string): Component {
  const component = systemOf(settings).components.find((each) => each.name === name)
  if (component === undefined) throw new Error(`no ${name}`)
  return component
}

describe('the selection', () => {
  test('everything of the release is meant when nothing is named', () => {
    expect(names(systemOf({}))).toEqual(Object.keys(V013.components))
  })

  test('what a component needs comes with it, before it', () => {
    expect(names(systemOf({ components: ['cb-spider'] }))).toEqual([
      'cb-spider-postgres',
      'cb-spider',
    ])
  })

  test('what needs a component does not come with it', () => {
    expect(names(systemOf({ components: ['cb-spider-postgres'] }))).toEqual(['cb-spider-postgres'])
  })

  test('names may be given in one text', () => {
    expect(names(systemOf({ components: 'cb-spider, cb-spider-postgres' }))).toHaveLength(2)
  })
})

describe('a component', () => {
  test('finds what it needs by name and port', () => {
    expect(componentOf({}, 'cb-spider').variables['SPIDER_METADB_ENDPOINT']).toBe(
      'cb-spider-postgres:5432',
    )
  })

  test('gets secrets by reference, its own and those of others', () => {
    expect(componentOf({}, 'cb-spider').secretVariables).toEqual([
      { variable: 'SPIDER_PASSWORD', secret: { component: 'cb-spider', name: 'api-password' } },
      {
        variable: 'SPIDER_METADB_PASSWORD',
        secret: { component: 'cb-spider-postgres', name: 'password' },
      },
    ])
  })

  test('waits for its database with the image and user of the database', () => {
    expect(componentOf({}, 'cb-spider').waits).toEqual([
      {
        component: 'cb-spider-postgres',
        image: 'docker.io/library/postgres:16-alpine',
        runAs: { kind: 'user', user: 70, group: 70 },
        command: ['pg_isready', '-h', 'cb-spider-postgres', '-p', '5432'],
      },
    ])
  })

  test('with an API tells how it is asked and under which names it is published', () => {
    expect(componentOf({}, 'cb-spider').api).toEqual({
      port: { name: 'api', number: 1024 },
      basePath: '/spider',
      ready: { path: '/spider/readyz', codes: [200], isAuthenticated: false },
      auth: { username: 'barista', password: { component: 'cb-spider', name: 'api-password' } },
      upstreams: [
        { name: 'cb-spider', passesAuthorization: false },
        { name: 'cb-spider-s3', passesAuthorization: true },
      ],
    })
  })

  test.each([
    [
      { versions: { 'cb-spider': '0.13.1' } },
      'docker.io/cloudbaristaorg/cb-spider:0.13.1',
      '0.13.1',
    ],
    [
      { images: { 'cb-spider': 'mirror.example:5000/spider:1' } },
      'mirror.example:5000/spider:1',
      '1',
    ],
    [
      { images: { 'cb-spider': 'mirror.example:5000/spider' } },
      'mirror.example:5000/spider',
      'latest',
    ],
  ])('%j chooses its image', (settings, image, version) => {
    expect(componentOf(settings, 'cb-spider')).toMatchObject({ image, version })
  })

  test('a digest holds for the version it belongs to', () => {
    const digest = `sha256:${'a'.repeat(64)}`
    const pinned = { ...V013.components['cb-spider'], digest }
    const catalog = { ...V013, components: { ...V013.components, 'cb-spider': pinned } } as Catalog
    const imageOf = (settings: unknown) => systemOf(settings, catalog).components[1]?.image
    expect(imageOf({})).toBe(`docker.io/cloudbaristaorg/cb-spider:0.13.0@${digest}`)
    expect(imageOf({ versions: { 'cb-spider': '0.14.0' } })).toBe(
      'docker.io/cloudbaristaorg/cb-spider:0.14.0',
    )
  })

  test('storage is a size, a class, or both', () => {
    const volumeOf = (storage: unknown) =>
      componentOf({ storage: { 'cb-spider-postgres': storage } }, 'cb-spider-postgres').volumes[0]
    expect(volumeOf('5Gi')).toMatchObject({ name: 'data', size: '5Gi' })
    expect(volumeOf({ class: 'fast' })).toMatchObject({ size: '2Gi', class: 'fast' })
  })

  test('variables can be set, and bounds', () => {
    const settings = {
      environment: { 'cb-spider': { SPIDER_LOG_LEVEL: 'debug', NEW: 1 } },
      bounds: { 'cb-spider': '10m' },
    }
    const { variables, times } = componentOf(settings, 'cb-spider')
    expect(variables).toMatchObject({ SPIDER_LOG_LEVEL: 'debug', NEW: '1', ADMINWEB: 'OFF' })
    expect(times.startMs).toBe(600_000)
  })
})

describe('contradictions', () => {
  test.each<[string, unknown, string]>([
    [
      'an unknown component',
      { components: ['cb-spidr'] },
      'components.0: v0.13 has no "cb-spidr". (Did you mean "cb-spider"?)',
    ],
    [
      'a setting of an unknown one',
      { versions: { spider: '1' } },
      'versions.spider: v0.13 has no "spider". (Did you mean "cb-spider"?)',
    ],
    [
      'a setting of one that does not run',
      { components: ['cb-spider-postgres'], bounds: { 'cb-spider': '1m' } },
      'bounds.cb-spider: "cb-spider" is not part of this system. (Add it to "components", or remove this setting.)',
    ],
    [
      'more than one single writer',
      { replicas: { 'cb-spider-postgres': 2 } },
      'replicas.cb-spider-postgres: "cb-spider-postgres" cannot be scaled: a database directory has one server. (Leave it at 1.)',
    ],
    [
      'an image twice',
      { versions: { 'cb-spider': '1' }, images: { 'cb-spider': 'a:1' } },
      'versions.cb-spider: "images" names the whole image of "cb-spider". (Keep one of them.)',
    ],
    [
      'storage of one without',
      { storage: { 'cb-spider': '1Gi' } },
      'storage.cb-spider: "cb-spider" has no volume. (undefined)',
    ],
    [
      'a variable of the system',
      { environment: { 'cb-spider': { SPIDER_PASSWORD: 'x' } } },
      'environment.cb-spider.SPIDER_PASSWORD: "SPIDER_PASSWORD" is set by the system. (It is a secret.)',
    ],
    [
      'a tunnel that leads nowhere',
      { reach: 'tunnel' },
      'reach: The address of "cb-spider" at your tunnel is missing. (Set "addresses.cb-spider".)',
    ],
    [
      'an address of a database',
      { addresses: { 'cb-spider-postgres': 'db:1' } },
      'addresses.cb-spider-postgres: "cb-spider-postgres" has no API that is published. (Remove this setting.)',
    ],
    [
      'two clusters',
      { placements: { a: { context: 'a' }, b: { context: 'b' } } },
      'placements.b: A stack is on one cluster in this version. (Use a stack for each cluster.)',
    ],
    [
      'a gateway in the cluster',
      { gateway: { replicas: 2 } },
      'gateway.replicas: This version makes no gateway in the cluster. (Set "gateway.url" to one that runs.)',
    ],
    [
      'an unknown catalogue',
      { catalog: 'v0.3' },
      'catalog: There is no catalogue "v0.3". (Did you mean "v0.13"?)',
    ],
    [
      'an unknown setting',
      { component: ['cb-spider'] },
      'component: Unknown key "component". (Did you mean "components"?)',
    ],
    [
      'a namespace of Kubernetes',
      { namespace: 'kube-system' },
      'namespace: This namespace belongs to Kubernetes. (Use one of your own.)',
    ],
    [
      'a kubeconfig without a context',
      { placements: { a: { kubeconfig: '/k' } } },
      'placements.a: "context" is missing. (undefined)',
    ],
    [
      'an image that is none',
      { images: { 'cb-spider': 'a b' } },
      'images.cb-spider: This is no reference of an image. (Write it like "registry.example/name:tag" or "...@sha256:...".)',
    ],
    [
      'a reference',
      { namespace: '${NS}' },
      'namespace: References (${NAME}) are not filled in here. (Write the value itself.)',
    ],
  ])('%s', (_, settings, fault) => {
    expect(faultsOf(settings)).toEqual([fault])
  })

  test('all are told at once', () => {
    const settings = {
      nonsense: 1,
      replicas: { 'cb-spider': 3 },
      storage: { 'cb-spider': '1Gi' },
      reach: 'tunnel',
    }
    expect(faultsOf(settings)).toHaveLength(4)
  })
})

describe('any catalogue without circles', () => {
  const LEAST = {
    summary: 's',
    image: 'i',
    version: '1',
    ports: { p: 1 },
    run_as: { user: 1 },
    probes: { ready: { tcp: 'p' } },
    resources: {},
    bounds: { start: '1s', shutdown: '1s' },
  }
  /** Components that need only ones before them, in any order of the file. */
  const catalogs = fc
    .array(fc.array(fc.nat(11), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
    .chain((needs) => {
      const entries = needs.map((indexes, i) => {
        const before = [...new Set(indexes.filter((index) => index < i))]
        return [`c${i}`, { ...LEAST, needs: before.map((index) => `c${index}`) }] as const
      })
      return fc.shuffledSubarray(entries, { minLength: entries.length })
    })
    .map((entries) =>
      catalogSchema.parse({ release: 'any', components: Object.fromEntries(entries) }),
    )
  const selections = catalogs.chain((catalog) =>
    fc
      .subarray(Object.keys(catalog.components), { minLength: 1 })
      .map((components) => ({ catalog, components })),
  )

  test('starts each component after what it needs, once, and nothing else', () => {
    fc.assert(
      fc.property(selections, ({ catalog, components }) => {
        const order = names(systemOf({ components }, catalog))
        expect(new Set(order).size).toBe(order.length)
        for (const [i, name] of order.entries()) {
          const needs = catalog.components[name]?.needs ?? []
          expect(order.slice(0, i)).toEqual(expect.arrayContaining(needs))
        }
        const isWanted = (name: string) =>
          components.includes(name) ||
          order.some((other) => catalog.components[other]?.needs.includes(name))
        expect(order.every(isWanted)).toBe(true)
      }),
    )
  })

  test('makes the same system however the selection is written', () => {
    fc.assert(
      fc.property(selections, ({ catalog, components }) => {
        const reversed = [...components, ...components].toReversed()
        expect(systemOf({ components: reversed }, catalog)).toEqual(
          systemOf({ components }, catalog),
        )
      }),
    )
  })
})
