import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshKey, type Answer, type Step } from '../support/script.ts'
import { startSlowStage, type SlowStage } from './gateway.ts'

const MIB = 1024 * 1024
const ALLOWED = new Set([200, 502, 503])

let stage: SlowStage
let hasEnded = false
beforeAll(async () => {
  stage = await startSlowStage(['--max-old-space-size=128'])
  void stage.container.ended.then(() => (hasEnded = true))
})
afterAll(() => stage.close())

/** Bodies of one size and of different shapes: what is cheap as bytes may be dear as objects. */
const shapes: Readonly<Record<string, (bytes: number) => Answer>> = {
  'one text': (bytes) => ({ steps: text(bytes) }),
  'one text of declared length': (bytes) => ({
    headers: [['Content-Length', String(bytes)]],
    steps: text(bytes),
  }),
  'many objects': (bytes) => fillWith('{"id":1,"name":"n","ok":true},', bytes),
  'exact numbers': (bytes) => fillWith('12345678901234567890,', bytes),
  'many arrays': (bytes) => fillWith('[],', bytes),
}

const text = (bytes: number): readonly Step[] => [
  { text: '{"a":"' },
  { fill: bytes - 8 },
  { text: '"}' },
]

const fillWith = (repeat: string, bytes: number): Answer => ({
  steps: [
    { text: '{"a":[' },
    { repeat, times: Math.floor((bytes - 12) / repeat.length) },
    { text: 'null]}' },
  ],
})

async function ask(route: string, answer: Answer): Promise<number> {
  const key = freshKey()
  await stage.upstream.script(key, answer)
  const response = await fetch(`${stage.url}/${route}/${key}`)
  await response.arrayBuffer()
  return response.status
}

const tally = (statuses: readonly number[]) =>
  Object.fromEntries(
    [...Map.groupBy(statuses, (status) => status)].map(([s, all]) => [s, all.length]),
  )

describe('with 128 MiB of heap the process lives and every answer is 200, 502 or 503', () => {
  test.each(Object.entries(shapes))(
    '50 answers of 10 MiB and one of 50 MB: %s',
    async (_, shape) => {
      const startedAt = Date.now()
      const statuses = await Promise.all([
        ask('large', shape(50_000_000)),
        ...Array.from({ length: 50 }, () => ask('formatted', shape(10 * MIB))),
      ])
      const seconds = (Date.now() - startedAt) / 1000
      console.log(`${JSON.stringify(tally(statuses))} in ${seconds.toFixed(1)} s`)
      expect(hasEnded, stage.said.slice(-5).join('\n')).toBe(false)
      expect(statuses.filter((status) => !ALLOWED.has(status))).toEqual([])
      expect(statuses).toContain(200)
      // Each waits for memory at most a second, all at the same time.
      expect(seconds).toBeLessThan(25)
      expect(await ask('formatted', shape(1000))).toBe(200)
    },
  )

  test('merges of two answers of 10 MiB', async () => {
    const answer = fillWith('{"id":1,"name":"n","ok":true},', 10 * MIB)
    const statuses = await Promise.all(Array.from({ length: 25 }, () => ask('merged', answer)))
    console.log(JSON.stringify(tally(statuses)))
    expect(hasEnded, stage.said.slice(-5).join('\n')).toBe(false)
    expect(statuses.filter((status) => !ALLOWED.has(status))).toEqual([])
  })

  test('clients that go away in the middle give their memory back', async () => {
    const answer = { steps: text(10 * MIB) }
    for (let round = 0; round < 3; round++) {
      const controller = new AbortController()
      const asking = Array.from({ length: 20 }, async () => {
        const key = freshKey()
        await stage.upstream.script(key, answer)
        await fetch(`${stage.url}/hurried/${key}`, { signal: controller.signal })
      })
      await new Promise((resolve) => setTimeout(resolve, 100))
      controller.abort()
      await Promise.allSettled(asking)
    }
    await expect.poll(() => ask('formatted', answer), { timeout: 20_000, interval: 500 }).toBe(200)
    expect(hasEnded).toBe(false)
  })
})
