import { env } from 'cloudflare:workers'
import { evictDurableObject, reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { controlUpstream, freshKey, type Answer } from '../support/script.ts'

/** The clock of the objects, which run in the isolate of the tests. */
const START = 4_000_000_000_000
beforeEach(() => void vi.useFakeTimers({ now: START, toFake: ['Date'] }))
afterEach(async () => {
  vi.useRealTimers()
  await reset()
})
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

const upstream = controlUpstream(inject('upstreams').first)
const setOf = (...kids: readonly string[]): Answer => ({
  body: JSON.stringify({ keys: kids.map((kid) => ({ kty: 'RSA', n: 'n', e: 'AQAB', kid })) }),
})

/** The object of an address that answers as told. */
async function issuer(answer: Answer) {
  const key = freshKey()
  const url = `${upstream.url}/${key}`
  await upstream.script(key, answer)
  return {
    read: (isMissing = false) => env.KEYS.getByName(url).read(url, isMissing),
    evict: () => evictDurableObject(env.KEYS.getByName(url)),
    answer: (next: Answer) => upstream.script(key, next),
    looks: async () => (await upstream.seen(key)).length,
  }
}

describe('the object of an issuer', () => {
  test('looks once for all who ask at the same time', async () => {
    const { read, looks } = await issuer(setOf('k1'))
    const answers = await Promise.all(Array.from({ length: 20 }, () => read()))
    for (const answer of answers)
      expect(answer).toMatchObject({ kind: 'keys', keys: [{ kid: 'k1' }] })
    expect(await looks()).toBe(1)
  })

  test('looks at most every 30 s for keys that are missing, whoever asks and however often', async () => {
    const { read, looks, evict, answer } = await issuer(setOf('k1'))
    await read()
    await answer(setOf('k2'))
    for (let second = 0; second < 29; second++) {
      pass(1000)
      if (second % 10 === 5) await evict()
      const answers = await Promise.all([read(true), read(true), read(true)])
      expect(answers[0]).toMatchObject({
        keys: [{ kid: 'k1' }],
        newerAfterMs: 29_000 - second * 1000,
      })
    }
    expect(await looks()).toBe(1)
    pass(1000)
    await Promise.all([read(true), read(true)])
    expect(await read()).toMatchObject({ keys: [{ kid: 'k2' }] })
    expect(await looks()).toBe(2)
  })

  test('keeps the last good keys while the issuer is down, and asks it ever less', async () => {
    const { read, looks, answer } = await issuer(setOf('k1'))
    await read()
    await answer({ status: 500 })
    pass(300_000)
    for (let second = 0; second < 60; second++) {
      expect(await read()).toMatchObject({ kind: 'keys', keys: [{ kid: 'k1' }] })
      pass(1000)
    }
    // One for the good keys, then after 0, 1, 3, 7, 15 and 31 seconds.
    expect(await looks()).toBe(7)
  })

  test('trusts no key any more once the issuer has withdrawn them all', async () => {
    const { read, answer } = await issuer(setOf('k1'))
    await read()
    await answer(setOf())
    pass(30_000)
    expect(await read(true)).toMatchObject({ kind: 'unavailable' })
    await answer(setOf('k2'))
    pass(1000)
    expect(await read()).toMatchObject({ kind: 'keys', keys: [{ kid: 'k2' }] })
  })

  test.each<[string, Answer]>([
    ['a status other than 200', { status: 404, body: '{"keys":[]}' }],
    ['a redirect', { status: 302, headers: [['Location', '/keys']] }],
    ['no JSON', { body: '<html>' }],
    ['no set', { body: '[]' }],
    ['no key for signatures', { body: '{"keys":[{"kty":"oct","k":"AAAA"}]}' }],
    ['too much', { steps: [{ text: '{"keys":[],"x":"' }, { fill: 300_000 }, { text: '"}' }] }],
    ['something endless', { steps: [{ do: 'forever' }] }],
    ['a broken connection', { steps: [{ text: '{"keys":[' }, { do: 'reset' }] }],
  ])('says why there are none: %s', async (_, answer) => {
    const { read } = await issuer(answer)
    expect(await read()).toMatchObject({ kind: 'unavailable', reason: expect.stringMatching(/./) })
  })

  test('remembers across eviction', async () => {
    const { read, evict, looks } = await issuer(setOf('k1'))
    await read()
    await evict()
    expect(await read()).toMatchObject({ keys: [{ kid: 'k1' }] })
    expect(await looks()).toBe(1)
  })
})
