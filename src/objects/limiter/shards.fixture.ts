import type { Answer, Asked, LimiterShard, LimiterShards, LimitRule } from '../../ports/limiter.ts'
import { type Levels, standingsOf, step } from './step.ts'

/** Objects in memory on the clock of the process, each with its own round trip; what they were asked is kept. */
export function createShards(roundTripMs = 0) {
  const objects = new Map<string, ReturnType<typeof createObject>>()
  const calls: { readonly name: string; readonly asked: Asked; readonly at: number }[] = []
  const objectOf = (name: string) => {
    const known = objects.get(name) ?? createObject()
    objects.set(name, known)
    return known
  }
  const shards: LimiterShards = {
    getByName: (name): LimiterShard => ({
      take: async (asked) => {
        await sleep(roundTripMs / 2)
        calls.push({ name, asked, at: Date.now() })
        const answer = objectOf(name).take(asked)
        await sleep(roundTripMs / 2)
        return answer
      },
      read: async (key, limits) => standingsOf(limits, objectOf(name).levelsOf(key), Date.now()),
      reset: async (key) => objectOf(name).reset(key),
    }),
  }
  return { shards, calls, names: () => [...objects.keys()] }
}

/** A rule of 10 per second whose bucket holds 10, unless said otherwise. */
export const ruleWith = (given: Partial<LimitRule> = {}): LimitRule => ({
  id: '["endpoint","rule"]',
  limits: [{ kind: 'bucket', name: 'rate', perSecond: 10, capacity: 10 }],
  cost: 1,
  mode: 'exact',
  shards: 1,
  budgetMs: 250,
  ...given,
})

/** What the durable object does, without its storage. */
function createObject() {
  const levels = new Map<string, Levels>()
  let nextTurnAt = 0
  return {
    take: (asked: Asked): Answer => {
      const stored = { levels: levels.get(asked.key) ?? {}, nextTurnAt }
      const next = step(stored, asked, Date.now(), Math.random())
      nextTurnAt = next.nextTurnAt
      if (next.kept !== undefined) levels.set(asked.key, next.kept.levels)
      return next.answer
    },
    levelsOf: (key: string): Levels => levels.get(key) ?? {},
    reset: (key: string) => void levels.delete(key),
  }
}

const sleep = (ms: number): Promise<void> | undefined =>
  ms === 0 ? undefined : new Promise((resolve) => void setTimeout(resolve, ms))
