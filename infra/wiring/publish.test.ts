import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { component, fakePace, StandInGateway } from './gateway.fixture.ts'
import { drain, drifted, ownerOf, publish, reopen, type Wiring, withdraw } from './publish.ts'
import { Registry } from './registry.ts'
import { acquireToken } from './token.ts'

const OWNER = ownerOf('dev', '01234567-89ab')
let gateway: StandInGateway
let spider: Awaited<ReturnType<typeof component>>
let pace: ReturnType<typeof fakePace>
let url: string
let registry: Registry
let wiring: Wiring

beforeEach(async () => {
  gateway = new StandInGateway()
  spider = await component()
  pace = fakePace()
  url = await gateway.start()
  registry = new Registry({ url, token: 'wiring-token' }, { pace })
  wiring = {
    name: 'cb-spider',
    owner: OWNER,
    settings: { targets: [{ url: spider.url }] },
    ready: { url: `${spider.url}/spider/readyz`, codes: [200] },
    boundMs: 5_000,
    drainMs: 30_000,
  }
})
afterEach(() => {
  gateway.stop()
  spider.stop()
})

const publishNow = (more: Partial<Wiring> = {}) => publish(registry, { ...wiring, ...more }, pace)

describe('publishing', () => {
  test('tells what is there then, and publishes anew where somebody was at it in between', async () => {
    let isFirst = true
    gateway.before = (method, path) => {
      const isLook = method === 'GET' && gateway.log.at(-1) === `PUT ${path}`
      if (!isLook || !isFirst) return
      isFirst = false
      gateway.set('cb-spider', { document: { targets: [{ url: 'http://other' }] } })
    }
    const { etag, written, settings } = await publishNow()
    expect(isFirst).toBe(false)
    expect(settings).toEqual(wiring.settings)
    expect({ etag, written }).toEqual({ etag: '"3"', written: { revision: 3, by: 'token given' } })
  })

  test('registers a component that is ready, for its stack', async () => {
    await publishNow()
    expect(gateway.upstreams.get('cb-spider')).toMatchObject({
      owner: 'stack dev on cluster 01234567',
      document: { targets: [{ url: spider.url }] },
    })
  })

  test('asks for readiness with the credentials that the question needs', async () => {
    const auth = { username: 'barista', password: 'beans' }
    await publishNow({ ready: { ...wiring.ready, auth } })
    expect(spider.state.asked).toEqual(['Basic YmFyaXN0YTpiZWFucw=='])
  })

  test('never registers one that answers 503, and says so within its bound', async () => {
    spider.state.status = 503
    await expect(publishNow()).rejects.toThrow(
      `"cb-spider" is not published: ${spider.url}/spider/readyz answers 503, 5 s after its pods were ready.`,
    )
    expect(gateway.log.filter((line) => !line.startsWith('GET'))).toEqual([])
    expect(pace.now()).toBeLessThanOrEqual(5_000)
  })

  test('waits for one that becomes ready', async () => {
    spider.state.status = 503
    const wait = (ms: number) => {
      if (pace.now() > 2_000) spider.state.status = 200
      return pace.wait(ms)
    }
    await publish(registry, wiring, { now: pace.now, wait })
    expect(gateway.upstreams.has('cb-spider')).toBe(true)
  })

  test('takes over what the stack had published before', async () => {
    gateway.set('cb-spider', { owner: OWNER, document: { targets: [{ url: 'http://old' }] } })
    await publishNow()
    expect(gateway.upstreams.get('cb-spider')?.document).toEqual(wiring.settings)
  })

  test('leaves alone what belongs to somebody else', async () => {
    gateway.set('cb-spider', { owner: 'user eve' })
    await expect(publishNow()).rejects.toThrow(
      `The upstream "cb-spider" of the gateway at ${url} belongs to user eve.`,
    )
    expect(gateway.upstreams.get('cb-spider')).toMatchObject({ owner: 'user eve', revision: 1 })
    expect(spider.state.asked).toEqual([])
  })

  test('gives way to nobody that changes it at the same time', async () => {
    gateway.set('cb-spider', { owner: OWNER })
    let isFirst = true
    gateway.before = (method) => {
      if (method !== 'PUT' || !isFirst) return
      isFirst = false
      gateway.set('cb-spider', { document: { targets: [{ url: 'http://other' }] } })
    }
    await publishNow()
    expect(gateway.upstreams.get('cb-spider')?.document).toEqual(wiring.settings)
  })

  test('is done once when the answer is lost', async () => {
    gateway.losesAnswerOf = 'PUT upstreams/cb-spider'
    await publishNow()
    expect(gateway.upstreams.get('cb-spider')?.document).toEqual(wiring.settings)
  })

  test('outlasts a gateway that is away for less than a minute', async () => {
    gateway.away = 8
    await publishNow()
    expect(pace.waits.slice(0, 6)).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000])
    expect(gateway.upstreams.has('cb-spider')).toBe(true)
  })

  test('gives up after a minute, with the name of the gateway', async () => {
    gateway.away = 1_000
    await expect(publishNow()).rejects.toThrow(`The gateway at ${url} cannot be reached`)
    expect(pace.now()).toBeGreaterThan(50_000)
    expect(pace.now()).toBeLessThanOrEqual(60_000)
  })

  test('tells a refused token at once, and not the token', async () => {
    registry = new Registry({ url, token: 'forged' }, { pace })
    const error: unknown = await publishNow().catch((reason: unknown) => reason)
    expect(String(error)).toContain(`The gateway at ${url} answers 401`)
    expect(String(error)).not.toContain('forged')
    expect(pace.waits).toEqual([])
  })
})

describe('withdrawing', () => {
  test('drains, waits for requests in flight, then removes', async () => {
    await publishNow()
    gateway.inFlight = 3
    gateway.log.length = 0
    await withdraw(registry, wiring, pace)
    const changes = gateway.log.filter((line) => !line.startsWith('GET'))
    expect(changes).toEqual(['POST upstreams/cb-spider/drain', 'DELETE upstreams/cb-spider'])
    expect(pace.waits).toEqual([250, 250, 250])
    expect(gateway.upstreams.size).toBe(0)
  })

  test('waits no longer than requests in flight may take and isolates to report', async () => {
    await publishNow()
    gateway.inFlight = Number.POSITIVE_INFINITY
    await withdraw(registry, wiring, pace)
    expect(pace.now()).toBeLessThan(70_000)
    expect(gateway.upstreams.size).toBe(0)
  })

  test('can be repeated', async () => {
    await publishNow()
    await withdraw(registry, wiring, pace)
    await withdraw(registry, wiring, pace)
    expect(gateway.upstreams.size).toBe(0)
  })

  test('leaves what somebody else has taken over', async () => {
    await publishNow()
    gateway.set('cb-spider', { owner: 'user eve' })
    await withdraw(registry, wiring, pace)
    expect(gateway.upstreams.get('cb-spider')).toMatchObject({
      owner: 'user eve',
      isDraining: false,
    })
  })

  test('ends with publishing again: the drain is over', async () => {
    await publishNow()
    await drain(registry, wiring, pace)
    expect(gateway.upstreams.get('cb-spider')?.isDraining).toBe(true)
    await publishNow()
    expect(gateway.upstreams.get('cb-spider')?.isDraining).toBe(false)
  })
})

describe('opening again', () => {
  const question = { path: '/spider/readyz', codes: [200], isAuthenticated: true }
  const reopenNow = (more: Partial<Wiring> = {}) =>
    reopen(registry, { ...wiring, ...more }, question, pace)

  test('keeps what the gateway has, and asks there', async () => {
    const auth = { basic: { username: 'barista', password: 'beans' } }
    const document = { targets: [{ url: spider.url }], auth }
    gateway.set('cb-spider', { owner: OWNER, document, isDraining: true })
    await reopenNow()
    expect(gateway.upstreams.get('cb-spider')).toMatchObject({ document, isDraining: false })
    expect(spider.state.asked).toEqual([undefined])
  })

  test('takes a refusal for an answer, where the question needs credentials that the gateway keeps', async () => {
    gateway.set('cb-spider', {
      owner: OWNER,
      document: { targets: [{ url: spider.url }] },
      isDraining: true,
    })
    spider.state.status = 401
    await reopenNow()
    expect(gateway.upstreams.get('cb-spider')?.isDraining).toBe(false)
  })

  test('does not happen before the component answers', async () => {
    await publishNow()
    await drain(registry, wiring, pace)
    spider.state.status = 503
    await expect(reopenNow()).rejects.toThrow('answers 503')
    expect(gateway.upstreams.get('cb-spider')?.isDraining).toBe(true)
  })

  test.each([
    ['that is open', { owner: OWNER }],
    ['of somebody else', { owner: 'user eve', isDraining: true }],
  ])('leaves one %s alone', async (_, entry) => {
    gateway.set('cb-spider', entry)
    const before = gateway.upstreams.get('cb-spider')
    await reopenNow()
    expect(gateway.upstreams.get('cb-spider')).toEqual(before)
  })
})

describe('drift', () => {
  const differences = async () => {
    const live = await registry.find('cb-spider')
    return live === undefined ? undefined : drifted(wiring.settings, live)
  }

  test('is none where the gateway has filled in its defaults', async () => {
    await publishNow()
    const target = { url: spider.url, weight: 1, tier: 0 }
    gateway.set('cb-spider', { document: { targets: [target], headers: {}, preserve_host: false } })
    expect(await differences()).toEqual([])
  })

  test('is told of credentials as far as the gateway shows them', async () => {
    const auth = { basic: { username: 'barista', password: 'beans' } }
    wiring = { ...wiring, settings: { ...wiring.settings, auth } }
    await publishNow()
    expect(await differences()).toEqual([])
    const other = { basic: { username: 'eve', password: 'beans' } }
    gateway.set('cb-spider', { document: { ...wiring.settings, auth: other } })
    expect(await differences()).toEqual([{ field: 'auth', who: 'eve' }])
    gateway.set('cb-spider', { document: { targets: wiring.settings.targets } })
    expect(await differences()).toEqual([{ field: 'auth', who: 'eve' }])
  })

  test('names what was changed and what was added, and that it drains', async () => {
    await publishNow()
    const targets = [{ url: 'http://elsewhere' }]
    const document = { targets, headers: { 'X-Key': 'hush' } }
    gateway.set('cb-spider', { document }, 'ann')
    gateway.set('cb-spider', { isDraining: true }, 'eve')
    expect(await differences()).toEqual([
      {
        field: 'targets',
        is: [{ url: 'http://elsewhere', weight: 1, tier: 0 }],
        wanted: [{ url: spider.url, weight: 1, tier: 0 }],
        who: 'ann',
      },
      { field: 'headers', who: 'ann' },
      { field: 'drain', is: 'drained', wanted: 'open', who: 'eve' },
    ])
  })

  describe('of a password, which no gateway shows', () => {
    const settings = (password: string) => ({
      ...wiring.settings,
      auth: { basic: { username: 'barista', password } },
    })
    /** What is told to who has written it as `publish` has said. */
    const since = async ({ written }: { readonly written?: { readonly revision: number } }) => {
      const live = await registry.find('cb-spider')
      return live && drifted(settings('beans'), live, written?.revision)
    }

    test('is told once somebody has changed the settings since', async () => {
      const published = await publishNow({ settings: settings('beans') })
      expect(await since(published)).toEqual([])
      gateway.set('cb-spider', { document: settings('other') })
      expect(await since(published)).toEqual([{ field: 'auth', who: 'eve' }])
      expect(await since(await publishNow({ settings: settings('beans') }))).toEqual([])
    })

    test('is none when it was drained and opened again, whoever did', async () => {
      const published = await publishNow({ settings: settings('beans') })
      gateway.set('cb-spider', { isDraining: true })
      await reopen(registry, wiring, { path: '/ready', codes: [200], isAuthenticated: false }, pace)
      await drain(registry, wiring, pace)
      await publishNow({ settings: settings('beans') })
      expect(await since(published)).toEqual([])
    })

    test('is not hidden by a drain that came behind it', async () => {
      const published = await publishNow({ settings: settings('beans') })
      gateway.set('cb-spider', { document: settings('other') })
      await drain(registry, wiring, pace)
      await reopen(registry, wiring, { path: '/ready', codes: [200], isAuthenticated: false }, pace)
      expect(await since(published)).toEqual([{ field: 'auth', who: 'eve' }])
    })

    test('is never told of a gateway that does not say when settings were changed', async () => {
      const published = await publishNow({ settings: settings('beans') })
      const live = await registry.find('cb-spider')
      const { written: _, ...older } = live ?? published
      expect(drifted(settings('beans'), older, 99)).toEqual([])
    })
  })
})

describe('first contact', () => {
  const contact = () => acquireToken(url, { bootstrap: 'once', name: OWNER }, { pace })

  beforeEach(() => {
    gateway.bootstrap = 'once'
  })

  test('makes a token for the stack', async () => {
    const { token } = await contact()
    expect(gateway.tokens.get(token)).toBe(OWNER)
  })

  test.each(['POST bootstrap', 'POST session', 'GET tokens', 'POST tokens'])(
    'is repeated after an end behind %s, and leaves one token',
    async (lost) => {
      gateway.losesAnswerOf = lost
      gateway.before = (method, path) => {
        // The process ends where its answer is lost: no further attempt of the same run.
        if (`${method} ${path}` === lost) gateway.away = 1_000
      }
      await expect(contact()).rejects.toThrow('cannot be reached')
      gateway.away = 0
      gateway.before = () => undefined
      const { token } = await contact()
      expect([...gateway.tokens].filter(([, name]) => name === OWNER)).toEqual([[token, OWNER]])
    },
  )

  test('tells what to do when the bootstrap token is used up', async () => {
    gateway.bootstrap = undefined
    await expect(contact()).rejects.toThrow('set CB_BRIDGE_TOKEN')
  })
})
