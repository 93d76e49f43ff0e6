import { describe, expect, test } from 'vitest'
import type { KeyReader, ReadKeys } from '../../ports/issuer-keys.ts'
import { createIssuerKeys } from './client.ts'

const URL = 'https://issuer.test/keys'
const MIN = 60_000
const keysOf = (kid: string, newerAfterMs = 30_000): ReadKeys => ({
  kind: 'keys',
  keys: [{ kty: 'EC', kid }],
  newerAfterMs,
})

/** An isolate with a clock and an object that answers as told. */
function isolate(answer: () => ReadKeys | Promise<ReadKeys>) {
  const questions: boolean[] = []
  let time = 0
  const reader: KeyReader = {
    read: async (_, isMissing) => {
      questions.push(isMissing)
      return answer()
    },
  }
  const client = createIssuerKeys({ readers: { getByName: () => reader }, now: () => time })
  return { client, questions, pass: (ms: number) => (time += ms) }
}

const setOf = async (find: ReturnType<typeof createIssuerKeys>['find'], missed?: never) => {
  const found = await find(URL, missed)
  if (found.kind !== 'found') throw new Error(found.reason)
  return found.set
}

describe('the copy of an isolate', () => {
  test('serves for five minutes', async () => {
    const { client, questions, pass } = isolate(() => keysOf('k1'))
    const first = await setOf(client.find)
    pass(5 * MIN - 1)
    expect(await setOf(client.find)).toBe(first)
    expect(questions).toEqual([false])
    pass(1)
    // The same keys are the same set: what was made of them stays.
    expect(await setOf(client.find)).toBe(first)
    expect(questions).toEqual([false, false])
  })

  test('is renewed for a missing key, but not before the object would look', async () => {
    let kid = 'k1'
    const { client, questions, pass } = isolate(() => keysOf(kid))
    const old = await setOf(client.find)
    kid = 'k2'
    for (let i = 0; i < 100; i++)
      expect(await client.find(URL, old)).toEqual({ kind: 'found', set: old })
    expect(questions).toEqual([false])
    pass(30_000)
    const found = await client.find(URL, old)
    expect(found).toMatchObject({ kind: 'found', set: { keys: [{ kid: 'k2' }] } })
    expect(questions).toEqual([false, true])
    // Who missed it in the old copy finds the new one without a question.
    expect(await client.find(URL, old)).toEqual(found)
    expect(questions).toHaveLength(2)
  })

  test('serves others while one asks', async () => {
    let settle: (answer: ReadKeys) => void = () => {}
    const answers = [
      () => keysOf('k1'),
      () => new Promise<ReadKeys>((resolve) => (settle = resolve)),
    ]
    const { client, questions, pass } = isolate(() => answers.shift()?.() ?? keysOf('late'))
    const first = await setOf(client.find)
    pass(5 * MIN)
    const asking = setOf(client.find)
    expect(await setOf(client.find)).toBe(first)
    expect(questions).toHaveLength(2)
    settle(keysOf('k2'))
    expect((await asking).keys).toMatchObject([{ kid: 'k2' }])
    expect(await setOf(client.find)).toBe(await asking)
  })

  test('serves for an hour while the object does not answer', async () => {
    let isDown = false
    const { client, questions, pass } = isolate(() => {
      if (isDown) throw new Error('gone')
      return keysOf('k1')
    })
    const first = await setOf(client.find)
    isDown = true
    for (let minutes = 0; minutes < 55; minutes += 5) {
      pass(5 * MIN)
      expect(await setOf(client.find)).toBe(first)
    }
    pass(5 * MIN)
    expect(await client.find(URL)).toMatchObject({ kind: 'unavailable' })
    isDown = false
    pass(10_000)
    expect(await setOf(client.find)).toMatchObject({ keys: [{ kid: 'k1' }] })
    expect(questions.length).toBeLessThan(20)
  })

  test('of keys that are not to be had is renewed when the object would try again', async () => {
    let answer: ReadKeys = { kind: 'unavailable', reason: 'status 500', retryAfterMs: 4000 }
    const { client, questions, pass } = isolate(() => answer)
    for (let i = 0; i < 10; i++) {
      expect(await client.find(URL)).toEqual({ kind: 'unavailable', reason: 'status 500' })
    }
    expect(questions).toHaveLength(1)
    pass(4000)
    answer = keysOf('k1')
    expect(await setOf(client.find)).toMatchObject({ keys: [{ kid: 'k1' }] })
  })

  test('is old when the clock was set back', async () => {
    const { client, questions, pass } = isolate(() => keysOf('k1'))
    await client.find(URL)
    pass(-3_600_000)
    await client.find(URL)
    expect(questions).toHaveLength(2)
  })
})
