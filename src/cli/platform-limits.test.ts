import { describe, expect, test } from 'vitest'
import { planOf, printFaults } from '../plan/yaml.fixture.ts'
import { findPlatformMismatches } from './platform-limits.ts'

const endpoint = (limit: string, backend = '') =>
  `- {name: a, endpoint: /a, middleware: {mw-ratelimit: {${limit}}}, backend: [{hosts: [{host: h}]${backend}}]}`

const binding = (name: string, limit: number, period: 10 | 60 = 60) => ({
  name,
  namespace_id: '1',
  simple: { limit, period },
})

const check = async (
  limit: string,
  bindings: readonly ReturnType<typeof binding>[],
  backend = '',
) =>
  printFaults(
    findPlatformMismatches(await planOf(endpoint(limit, backend)), { ratelimits: [...bindings] }),
  )

describe('a rule that the platform counts', () => {
  const limit = 'max_rate: 10, mode: approximate, binding: X'

  test.each([
    [600, 60],
    [100, 10],
  ] as const)('agrees with %i in %i s', async (most, period) => {
    expect(await check(limit, [binding('X', most, period)])).toEqual([])
  })

  test('is warned about when wrangler.toml has another limit', async () => {
    expect(await check(limit, [binding('X', 100), binding('Y', 600)])).toEqual([
      'warning definitions.0.middleware.mw-ratelimit: "endpoint" allows 10 requests per second, its binding X 100 in 60 s.',
    ])
  })

  test('is warned about when wrangler.toml does not know it', async () => {
    expect(await check(limit, [])).toEqual([
      'warning definitions.0.middleware.mw-ratelimit: wrangler.toml has no [[ratelimits]] named X; "endpoint" is leased.',
    ])
  })

  test('is looked for at backends too, and its cost counts', async () => {
    const backend =
      ', middleware: {mw-ratelimit: {max_rate: 10, cost: 2, mode: approximate, binding: X}}'
    expect(await check('max_rate: 1', [binding('X', 300)], backend)).toEqual([])
    expect(await check('max_rate: 1', [binding('X', 600)], backend)).toEqual([
      'warning definitions.0.backend.0.middleware.mw-ratelimit: "backend" allows 5 requests per second, its binding X 600 in 60 s.',
    ])
  })
})
