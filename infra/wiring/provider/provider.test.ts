import { afterEach, describe, expect, test, vi } from 'vitest'
import { component, StandInGateway } from '../gateway.fixture.ts'
import { providerOf } from './dispatch.ts'
import { gatewayToken } from './gateway-token.ts'
import { generatedSecret } from './generated-secret.ts'
import { upstream } from './upstream.ts'
import { asSecret, bare, type Properties } from './values.ts'

const provider = providerOf(
  { Upstream: upstream, GeneratedSecret: generatedSecret, GatewayToken: gatewayToken },
  '1.0.0',
)
const urn = (type: string) =>
  `urn:pulumi:dev::cb-bridge::cb-bridge:kubernetes:Component$cb-bridge:wiring:${type}::a`
const SECRET = urn('GeneratedSecret')
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9'

const create = async (type: string, inputs: Properties) => {
  const made = await provider.create?.(urn(type), inputs)
  return (made?.outs ?? {}) as Properties
}
const failures = async (type: string, inputs: Properties) =>
  (await provider.check?.(urn(type), {}, inputs))?.failures

describe('a generated secret', () => {
  const wanted = { length: 32, alphabet: 'alphanumeric' }

  test('has the length and characters that were asked for, and leaves wrapped', async () => {
    const { value, ...rest } = await create('GeneratedSecret', wanted)
    expect(value).toEqual(asSecret(expect.stringMatching(/^[A-Za-z0-9]{32}$/)))
    expect(rest).toEqual(wanted)
    expect(await create('GeneratedSecret', wanted)).not.toEqual({ ...rest, value })
  })

  test('is the one that the cluster holds, where it holds one', async () => {
    const { value } = await create('GeneratedSecret', { ...wanted, existing: asSecret('kept') })
    expect(bare(value)).toBe('kept')
  })

  test.each([
    [{ length: 21, alphabet: 'alphanumeric' }, 'It would have less than 128 bits.'],
    [{ length: 31, alphabet: 'hex' }, 'It would have less than 128 bits.'],
    [
      { ...wanted, rotate: true, fixed: 'the database keeps it' },
      'It cannot be made anew: the database keeps it.',
    ],
  ])('of %j is refused', async (inputs, reason) => {
    expect(await failures('GeneratedSecret', inputs)).toMatchObject([{ reason }])
  })

  test.each<[string, Properties, boolean]>([
    ['other lengths and alphabets', { length: 64, alphabet: 'hex' }, false],
    ['another value in the cluster', { ...wanted, existing: asSecret('other') }, false],
    ['its rotation', { ...wanted, rotate: true }, true],
  ])('stays as it is for %s: change is %s', async (_, news, changes) => {
    const olds = await create('GeneratedSecret', wanted)
    expect(await provider.diff?.('generated', SECRET, olds, news)).toEqual({ changes })
    const updated = (await provider.update?.('generated', SECRET, olds, news))?.outs as Properties
    expect(JSON.stringify(updated['value']) !== JSON.stringify(olds['value'])).toBe(changes)
  })

  test('is read back as it is', async () => {
    const olds = await create('GeneratedSecret', wanted)
    expect(await provider.read?.('generated', SECRET, olds)).toEqual({
      id: 'generated',
      props: olds,
    })
  })
})

describe('with a gateway', () => {
  let stop: readonly (() => void)[] = []
  afterEach(() => {
    stop.forEach((end) => end())
    vi.unstubAllEnvs()
  })

  async function setUp() {
    const [gateway, spider] = [new StandInGateway(), await component()]
    stop = [() => gateway.stop(), spider.stop]
    const url = await gateway.start()
    const inputs = {
      gateway: url,
      token: asSecret('wiring-token'),
      name: 'cb-spider',
      owner: 'stack dev',
      address: spider.url,
      ready: { path: '/spider/readyz', codes: [200], isAuthenticated: false },
      passesAuthorization: false,
      auth: asSecret({ username: 'barista', password: asSecret('beans') }),
      boundMs: 1_000,
      drainMs: 1_000,
    }
    return { gateway, spider, url, inputs }
  }

  test('an upstream is published with its credentials, and none of them leaves unwrapped', async () => {
    const { gateway, spider, inputs } = await setUp()
    const outs = await create('Upstream', inputs)
    expect(gateway.upstreams.get('cb-spider')?.document).toEqual({
      targets: [{ url: spider.url }],
      ready: { path: '/spider/readyz', codes: [200] },
      auth: { basic: { username: 'barista', password: 'beans' } },
      pass_authorization: false,
    })
    expect(outs).toEqual({ ...inputs, etag: '"1"', writtenAt: 1, drift: [] })
  })

  test('one that passes the client’s credentials on gets none of its own', async () => {
    const { gateway, inputs } = await setUp()
    await create('Upstream', { ...inputs, passesAuthorization: true })
    expect(gateway.upstreams.get('cb-spider')?.document).not.toHaveProperty('auth')
  })

  test('a change by hand is seen when it is read, and undone', async () => {
    const { gateway, inputs } = await setUp()
    const outs = await create('Upstream', inputs)
    const same = await provider.read?.('cb-spider', urn('Upstream'), outs)
    expect(await provider.diff?.('cb-spider', urn('Upstream'), same?.props, inputs)).toEqual({
      changes: false,
      replaces: [],
    })
    gateway.set('cb-spider', { document: { targets: [{ url: 'http://elsewhere' }] } })
    const { props } = (await provider.read?.('cb-spider', urn('Upstream'), outs)) ?? {}
    expect(props).toMatchObject({ drift: expect.arrayContaining([{ field: 'auth', who: 'eve' }]) })
    // The engine's protocol knows no undefined.
    expect(JSON.parse(JSON.stringify(props))).toStrictEqual(props)
    expect(await provider.diff?.('cb-spider', urn('Upstream'), props, inputs)).toMatchObject({
      changes: true,
    })
    await provider.update?.('cb-spider', urn('Upstream'), props, inputs)
    expect(gateway.upstreams.get('cb-spider')?.document).toMatchObject({
      targets: [{ url: inputs.address }],
    })
  })

  test('a password changed by hand is seen and put back, and a drain of ours is no change', async () => {
    const { gateway, inputs } = await setUp()
    const made = await create('Upstream', inputs)
    const document = gateway.upstreams.get('cb-spider')?.document ?? {}
    const look = async (state: unknown) => {
      const { props } = (await provider.read?.('cb-spider', urn('Upstream'), state)) ?? {}
      const diff = await provider.diff?.('cb-spider', urn('Upstream'), props, inputs)
      return { props: props as Properties, changes: diff?.changes }
    }
    gateway.set('cb-spider', { isDraining: true }, 'token given')
    gateway.set('cb-spider', { isDraining: false }, 'token given')
    expect(await look(made)).toMatchObject({ changes: false })
    const auth = { basic: { username: 'barista', password: 'other' } }
    gateway.set('cb-spider', { document: { ...document, auth } })
    const seen = await look(made)
    expect(seen).toMatchObject({
      changes: true,
      props: { drift: [{ field: 'auth', who: 'eve' }], writtenAt: 1 },
    })
    // Another look, and one with the state of an engine that was killed here, sees the same.
    expect(await look(seen.props)).toEqual(seen)
    const outs = (await provider.update?.('cb-spider', urn('Upstream'), seen.props, inputs))?.outs
    expect(gateway.upstreams.get('cb-spider')?.document).toEqual(document)
    expect(await look(outs)).toMatchObject({ changes: false, props: { drift: [] } })
  })

  test('a state of a version that did not know when it was written begins with what is there', async () => {
    const { gateway, inputs } = await setUp()
    const { writtenAt: _, ...older } = await create('Upstream', inputs)
    const { props } = (await provider.read?.('cb-spider', urn('Upstream'), older)) ?? {}
    expect(props).toMatchObject({ writtenAt: 1, drift: [] })
    const document = gateway.upstreams.get('cb-spider')?.document ?? {}
    const auth = { basic: { username: 'barista', password: 'other' } }
    gateway.set('cb-spider', { document: { ...document, auth } })
    expect(await provider.read?.('cb-spider', urn('Upstream'), props)).toMatchObject({
      props: { drift: [{ field: 'auth' }] },
    })
  })

  test('one that is gone, or taken over, is missing', async () => {
    const { gateway, inputs } = await setUp()
    const outs = await create('Upstream', inputs)
    gateway.set('cb-spider', { owner: 'user eve' })
    expect(await provider.read?.('cb-spider', urn('Upstream'), outs)).toEqual({ id: '', props: {} })
    gateway.upstreams.clear()
    expect(await provider.read?.('cb-spider', urn('Upstream'), outs)).toEqual({ id: '', props: {} })
  })

  test.each(['gateway', 'name', 'owner'])('another %s is another upstream', async (key) => {
    const { inputs } = await setUp()
    const news = { ...inputs, [key]: 'http://other' }
    expect(await provider.diff?.('a', urn('Upstream'), inputs, news)).toEqual({
      changes: true,
      replaces: [key],
    })
  })

  test('is withdrawn with the token of the environment, where the kept one is dead', async () => {
    const { gateway, inputs } = await setUp()
    const outs = await create('Upstream', inputs)
    vi.stubEnv('CB_BRIDGE_TOKEN', 'wiring-token')
    await provider.delete?.('cb-spider', urn('Upstream'), { ...outs, token: asSecret('dead') })
    expect(gateway.upstreams.size).toBe(0)
  })

  test('inputs that are not known yet are not judged', async () => {
    const { inputs } = await setUp()
    expect(await failures('Upstream', { ...inputs, address: UNKNOWN, auth: UNKNOWN })).toEqual([])
    expect(await failures('Upstream', { ...inputs, boundMs: 'soon' })).toMatchObject([
      { property: 'boundMs' },
    ])
  })

  test('a token is made once, kept while it lives, and ended with the stack', async () => {
    const { gateway, url } = await setUp()
    gateway.bootstrap = 'once'
    const inputs = { gateway: url, name: 'stack dev', bootstrap: asSecret('once') }
    const outs = await create('GatewayToken', inputs)
    const { token } = bare(outs) as { token: string }
    expect(outs['token']).toEqual(asSecret(token))
    expect(gateway.tokens.get(token)).toBe('stack dev')
    const later = { gateway: url, name: 'stack dev' }
    expect(await provider.diff?.('a', urn('GatewayToken'), outs, later)).toEqual({
      changes: false,
      replaces: [],
    })
    expect(await provider.read?.('a', urn('GatewayToken'), outs)).toMatchObject({ id: 'a' })
    await provider.delete?.('a', urn('GatewayToken'), outs)
    expect(gateway.tokens.has(token)).toBe(false)
    expect(await provider.read?.('a', urn('GatewayToken'), outs)).toMatchObject({ id: '' })
  })

  test('without a token or a bootstrap token it says what to do', async () => {
    const { url } = await setUp()
    await expect(create('GatewayToken', { gateway: url, name: 'a' })).rejects.toThrow(
      'set CB_BRIDGE_TOKEN',
    )
  })
})
