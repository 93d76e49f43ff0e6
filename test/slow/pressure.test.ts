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
type Shape = (bytes: number) => Answer
const shapes: Readonly<Record<string, Shape>> = {
  'one text': (bytes) => ({ steps: text(bytes) }),
  'many objects': (bytes) => fillWith('{"id":1,"name":"n","ok":true},', bytes),
  'exact numbers': (bytes) => fillWith('12345678901234567890,', bytes),
  'many arrays': (bytes) => fillWith('[],', bytes),
}

/** The same with a `Content-Length`: what is declared is read in another way. */
const declared =
  (shape: Shape): Shape =>
  (bytes) => {
    const answer = shape(bytes)
    const length = (answer.steps ?? []).reduce((sum, step) => sum + lengthOf(step), 0)
    return { ...answer, headers: [['Content-Length', String(length)]] }
  }

const lengthOf = (step: Step): number => {
  if ('text' in step) return step.text.length
  return 'fill' in step ? step.fill : 'repeat' in step ? step.repeat.length * step.times : 0
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
  const cases = Object.entries(shapes).flatMap(([name, shape]): [string, Shape][] => [
    [`${name}, chunked`, shape],
    [`${name}, of declared length`, declared(shape)],
  ])

  test.each(cases)('50 answers of 10 MiB and one of 50 MB: %s', async (name, shape) => {
    const startedAt = Date.now()
    const statuses = await Promise.all([
      ask('large', shape(50_000_000)),
      ...Array.from({ length: 50 }, () => ask('formatted', shape(10 * MIB))),
    ])
    const seconds = (Date.now() - startedAt) / 1000
    console.log(`${JSON.stringify(tally(statuses))} in ${seconds.toFixed(1)} s`)
    expect(hasEnded, stage.said.slice(-5).join('\n')).toBe(false)
    expect(statuses.filter((status) => !ALLOWED.has(status))).toEqual([])
    // An empty array takes ten times its bytes: so many of them are refused, by their number.
    expect(statuses).toContain(name.startsWith('many arrays') ? 502 : 200)
    // Each waits for memory at most a second, all at the same time.
    expect(seconds).toBeLessThan(60)
    expect(await ask('formatted', shape(1000))).toBe(200)
  })

  test.each([
    ['chunked', (shape: Shape) => shape],
    ['of declared length', declared],
  ])('merges of two answers of 10 MiB, %s', async (_, framed) => {
    const shape = (bytes: number) => fillWith('{"id":1,"name":"n","ok":true},', bytes)
    const answer = framed(shape)(10 * MIB)
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
