import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { createPublisher } from '../hosts/publisher.ts'
import { type SharedState, type SharingGateway, startSharedState } from '../hosts/shared-state.ts'
import { BY, done, type Isolate } from '../support/archive.ts'
import { controlUpstream, freshKey, type Upstream } from '../support/script.ts'

const system = 'version: 1\nname: published\ntimeout: 10s\nsnapshots: {check: 200ms}\n'
const group = (name: string, host = '"${UPSTREAM_URL}"') => `definitions:
  - name: told
    endpoint: /told/{key}
    hosts: [{host: ${host}}]
    backend: [{url_pattern: "/told/{key}", group: ${name}}]
`
const FILE = 'apis/told.yaml'

let shared: SharedState
let publisher: Isolate
let upstream: Upstream

beforeAll(async () => {
  const { first } = inject('upstreams')
  upstream = controlUpstream(first)
  const configuration = { system, apis: { 'told.yaml': group('bundle') } }
  shared = await startSharedState(configuration, { UPSTREAM_URL: first })
  const seed = { 'gateway.yaml': system, [FILE]: group('bundle') }
  publisher = await createPublisher(shared.stateUrl, { seed, secret: () => first })
}, 60_000)
afterAll(() => shared.close())

const gateway = (index: number): SharingGateway => {
  const found = shared.gateways[index]
  if (found === undefined) throw new Error(`there is no gateway ${index}`)
  return found
}

const publish = async (name: string) =>
  done(await publisher.snapshots.publish({ put: { [FILE]: group(name) } }, BY))

/** Which version a gateway serves: the group that its answer stands in. */
async function servedBy({ fetch }: SharingGateway): Promise<string | undefined> {
  const answer = await fetch('/told/x')
  expect(answer.status).toBe(200)
  return Object.keys((await answer.json()) as object)[0]
}

const soon = (expectation: () => Promise<void>) =>
  vi.waitFor(expectation, { timeout: 8000, interval: 100 })

const expectAll = (name: string) =>
  soon(async () => {
    for (const each of shared.gateways) expect(await servedBy(each)).toBe(name)
  })

describe('two gateways that share a state process', () => {
  test('serve the bundle as long as nothing is published', async () => {
    await expectAll('bundle')
  })

  test('switch together to what is published, and health names the snapshot', async () => {
    const { hash } = await publish('first')
    await expectAll('first')
    for (const { fetch } of shared.gateways) {
      expect(await (await fetch('/__health')).json()).toMatchObject({
        status: 'ok',
        snapshot: hash,
      })
    }
  })

  test('finish a request on the plan that it began with', async () => {
    const key = freshKey()
    await upstream.script(key, { gate: 'go', body: '{}' })
    const answer = gateway(0).fetch(`/told/${key}`)
    await upstream.until(key, (seen) => seen.length === 1)
    await publish('second')
    await expectAll('second')
    await upstream.open(key, 'go')
    expect(await (await answer).json()).toEqual({ first: {} })
  })

  test('keep the last good plan where one can not be activated, and say why', async () => {
    // This publisher knows a value that the gateways do not have.
    const put = { [FILE]: group('unset', '"${NOWHERE}"') }
    done(await publisher.snapshots.publish({ put }, BY))
    await soon(async () => {
      await servedBy(gateway(0))
      expect(gateway(0).lines.join('\n')).toMatch(/can not be served here: .*NOWHERE/)
    })
    expect(await servedBy(gateway(0))).toBe('second')
    await publish('third')
    await expectAll('third')
  })

  test('take an edit of their files at once, until something is published', async () => {
    const edited = { system, apis: { 'told.yaml': group('edited') } }
    await swapTo(gateway(0), edited)
    expect(await servedBy(gateway(0))).toBe('edited')
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(await servedBy(gateway(0))).toBe('edited')
    expect(await servedBy(gateway(1))).toBe('third')
    await publish('fourth')
    await expectAll('fourth')
  })
})

describe('an upstream that is drained', () => {
  const put = (url: string) => ({ name: 'told', owner: 'stack', document: { targets: [{ url }] } })

  test('takes no new requests, and is drained when those in flight have ended', async () => {
    const { snapshots } = publisher
    done(await snapshots.putUpstream(put(inject('upstreams').first), BY))
    done(await snapshots.publish({ put: { [FILE]: group('drained', 'told') } }, BY))
    await expectAll('drained')
    const key = freshKey()
    await upstream.script(key, { gate: 'go', body: '{}' })
    const answer = gateway(0).fetch(`/told/${key}`)
    await upstream.until(key, (seen) => seen.length === 1)
    done(await snapshots.drainUpstream({ name: 'told', owner: 'stack' }, BY))
    await soon(async () => {
      for (const { fetch } of shared.gateways) {
        const refused = await fetch('/told/x')
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10'])
        expect(await refused.json()).toMatchObject({
          type: 'urn:problem-type:cb-bridge:upstream-draining',
        })
      }
    })
    const askAll = () => Promise.all(shared.gateways.map(({ fetch }) => fetch('/told/x')))
    await soon(async () => {
      await askAll()
      expect(await snapshots.drainStatus('told')).toEqual({
        state: 'draining',
        inFlight: 1,
        unconfirmed: 0,
      })
    })
    await upstream.open(key, 'go')
    expect(await (await answer).json()).toEqual({ drained: {} })
    await soon(async () => {
      await askAll()
      expect(await snapshots.drainStatus('told')).toMatchObject({ state: 'drained', inFlight: 0 })
    })
    done(await snapshots.putUpstream(put(inject('upstreams').first), BY))
    await expectAll('drained')
  }, 30_000)

  test('and closed leaves its routes with a reason until it is registered again', async () => {
    const { snapshots } = publisher
    done(await snapshots.removeUpstream({ name: 'told', owner: 'stack', closed: true }, BY))
    await soon(async () => {
      for (const { fetch } of shared.gateways) {
        const refused = await fetch('/told/x')
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30'])
        expect(await refused.json()).toMatchObject({
          type: 'urn:problem-type:cb-bridge:upstream-closed',
        })
      }
    })
    done(await snapshots.putUpstream(put(inject('upstreams').first), BY))
    await expectAll('drained')
  })
})

describe('an answer that is streamed', () => {
  const RAW = `definitions:
  - name: raw
    endpoint: /raw/*bypass
    timeout: 0s
    output_encoding: no-op
    hosts: [{host: streamed}]
    backend: [{url_pattern: "/*bypass", encoding: no-op}]
`
  const target = { name: 'streamed', owner: 'stack' }
  const expectOpen = async () => {
    for (const { fetch } of shared.gateways) expect((await fetch('/raw/probe')).status).toBe(200)
  }
  const inFlight = async () => {
    // Isolates tell what is in flight when requests come.
    await Promise.all(shared.gateways.map(({ fetch }) => fetch('/__health')))
    return publisher.snapshots.drainStatus('streamed')
  }

  test('holds a drain until its body has ended, or the time of the drain is over', async () => {
    const { snapshots } = publisher
    const document = { targets: [{ url: inject('upstreams').first }] }
    done(await snapshots.putUpstream({ ...target, document }, BY))
    done(await snapshots.publish({ put: { 'apis/raw.yaml': RAW } }, BY))
    const key = freshKey()
    const script = { steps: [{ text: 'one ' }, { gate: 'go' }, { text: 'two' }] }
    await upstream.script(key, {
      known: { ...script, headers: [['Content-Length', '7']] },
      open: script,
    })
    await soon(expectOpen)
    const [known, open] = await Promise.all([
      gateway(0).fetch(`/raw/${key}/known`),
      gateway(1).fetch(`/raw/${key}/open`),
    ])
    expect(known.headers.get('content-length')).toBe('7')
    done(await snapshots.drainUpstream(target, BY))
    await soon(async () => {
      expect(await inFlight()).toEqual({ state: 'draining', inFlight: 2, unconfirmed: 0 })
    })
    await upstream.open(key, 'go')
    expect(await Promise.all([known.text(), open.text()])).toEqual(['one two', 'one two'])
    await soon(async () =>
      expect(await inFlight()).toMatchObject({ state: 'drained', inFlight: 0 }),
    )

    done(await snapshots.putUpstream({ ...target, document }, BY))
    await soon(expectOpen)
    const endless = freshKey()
    await upstream.script(endless, { steps: [{ text: 'one ' }, { gate: 'never' }] })
    const abort = new AbortController()
    const answer = await gateway(0).fetch(`/raw/${endless}`, { signal: abort.signal })
    const talk = await gateway(0).webSocket(`/raw/${freshKey()}/talk`)
    done(await snapshots.drainUpstream({ ...target, drainTimeoutMs: 1500 }, BY))
    await soon(async () =>
      expect(await inFlight()).toMatchObject({ state: 'drained', inFlight: 1 }),
    )
    talk.send('still there')
    expect(await talk.next()).toBe('still there')
    talk.close(1000, '')
    abort.abort()
    await answer.body?.cancel().catch(() => {})
    await upstream.open(endless, 'never')
  }, 40_000)
})

describe('while the state process is killed and comes back, gateways', () => {
  test('go on while the store is away, also after a restart, and follow it when it is back', async () => {
    await publish('kept')
    await expectAll('kept')
    // A gateway keeps its last good plan a moment after it serves.
    await new Promise((resolve) => setTimeout(resolve, 500))
    await shared.killState()
    expect(await servedBy(gateway(0))).toBe('kept')
    await gateway(1).restart()
    expect(await servedBy(gateway(1))).toBe('kept')
    await shared.startState()
    await publish('back')
    await expectAll('back')
  }, 40_000)

  test('are given the old head or the new one, whole, when the store is killed at any time', async () => {
    for (let round = 0; round < 6; round++) {
      const before = (await publisher.snapshots.head()).snapshot
      const name = `round${round}`
      const publishing = publish(name).then(
        ({ hash }) => hash,
        () => undefined,
      )
      await new Promise((resolve) => setTimeout(resolve, 3 * round))
      await shared.killState()
      const made = await publishing
      await shared.startState()
      const { snapshot } = await publisher.snapshots.head()
      if (made !== undefined) expect(snapshot.hash).toBe(made)
      else expect([before.hash, snapshot.parent]).toContain(before.hash)
      const text = (await publisher.snapshots.readFile(FILE))?.text ?? ''
      await soon(async () => {
        for (const each of shared.gateways) expect(text).toContain(`group: ${await servedBy(each)}`)
      })
    }
  }, 60_000)
})

async function swapTo(
  { swap }: SharingGateway,
  { apis }: { readonly apis: Record<string, string> },
) {
  const { load } = await import('../../src/config/load.ts')
  const { compile } = await import('../../src/plan/compile.ts')
  const groups = Object.entries(apis).map(([name, text]) => ({ name: `apis/${name}`, text }))
  const { document } = load({ system: { name: 'gateway.yaml', text: system }, groups })
  const { plan } = document === undefined ? {} : await compile(document)
  if (plan === undefined) throw new Error('this does not compile')
  await swap(plan, { UPSTREAM_URL: inject('upstreams').first })
}

describe('a store whose files are damaged', () => {
  test('costs no request: the last good plan serves, also after a restart', async () => {
    const serves = await servedBy(gateway(0))
    await new Promise((resolve) => setTimeout(resolve, 500))
    await shared.killState()
    for (const file of databasesIn(shared.stateDirectory)) damage(file)
    await shared.startState()
    expect(await servedBy(gateway(0))).toBe(serves)
    await gateway(1).restart()
    expect(await servedBy(gateway(1))).toBe(serves)
    await expect(publisher.snapshots.head()).rejects.toThrow()
  }, 40_000)
})

const databasesIn = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /Store\/(?!metadata).*\.sqlite(-wal)?$/.test(name))
    .map((name) => join(directory, name))

function damage(file: string): void {
  const bytes = readFileSync(file)
  bytes.fill(0x5a, 0)
  writeFileSync(file, bytes)
}
