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
  values: Readonly<Record<string, string>> = {},
) => {
  const plan = await planOf(endpoint(limit, backend))
  const lookup = (name: string) => values[name]
  return printFaults(findPlatformMismatches(plan, { ratelimits: [...bindings] }, lookup))
}

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

  test('is looked at as well where the endpoint waits for a reference', async () => {
    const backend =
      ', url_pattern: "/${PATH}", middleware: {mw-ratelimit: {max_rate: 10, mode: approximate, binding: X}}'
    expect(await check(limit, [binding('X', 600)], backend)).toEqual([])
    expect(await check(limit, [binding('X', 60)], backend)).toEqual([
      'warning definitions.0.middleware.mw-ratelimit: "endpoint" allows 10 requests per second, its binding X 60 in 60 s.',
      'warning definitions.0.backend.0.middleware.mw-ratelimit: "backend" allows 10 requests per second, its binding X 60 in 60 s.',
    ])
  })

  test('is looked at with the value of its reference, which is not shown', async () => {
    const open = 'max_rate: "${RATE}", mode: approximate, binding: X'
    const bindings = [binding('X', 600)]
    expect(await check(open, bindings)).toEqual([])
    expect(await check(open, bindings, '', { RATE: '10' })).toEqual([])
    expect(await check(open, bindings, '', { RATE: 'never' })).toEqual([])
    const [said] = await check(open, bindings, '', { RATE: '777' })
    expect(said).toContain('"endpoint" does not allow what its binding does')
    expect(said).not.toContain('777')
    expect(await check(open.replace('RATE', 'RATE:-10'), bindings)).toEqual([])
    expect(await check(open.replace('RATE', 'RATE:-11'), bindings)).toHaveLength(1)
    expect(await check(open, [], '', { RATE: '10' })).toHaveLength(1)
  })
})
