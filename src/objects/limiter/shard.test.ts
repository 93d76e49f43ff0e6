import { expect, test } from 'vitest'
import { ruleWith } from './shards.fixture.ts'
import { shardOf } from './shard.ts'

test('a million random keys are in no more objects than the rule has, evenly', () => {
  const rule = ruleWith({ shards: 256 })
  const sizes = new Map<string, number>()
  for (let i = 0; i < 1_000_000; i++) {
    const name = shardOf(rule, `${Math.random()}`)
    sizes.set(name, (sizes.get(name) ?? 0) + 1)
  }
  expect(sizes.size).toBe(256)
  expect(Math.max(...sizes.values())).toBeLessThan(1.3 * (1_000_000 / 256))
})

test('addresses that differ in their last digits are spread', () => {
  const rule = ruleWith({ shards: 16 })
  const names = Array.from({ length: 256 }, (_, i) => shardOf(rule, `203.0.113.${i}`))
  expect(new Set(names).size).toBe(16)
})

test('a rule without keys has one object, named after it', () => {
  expect(shardOf(ruleWith(), '')).toBe('["endpoint","rule"]')
})
