import { describe, expect, it } from 'vitest'
import type { Route } from '../plan/types.ts'
import { cacheControl } from './cache-control.ts'
import type { Caching, Outcome } from './outcome.ts'
import { cachingOf } from './outcome.ts'

const route = (cacheTtlS: number, keys: readonly string[] = []) =>
  ({ cacheTtlS, policies: keys.map((key) => ({ key, options: {} })) }) as unknown as Route
const good = (caching: Caching): Outcome => ({ kind: 'empty', status: 200, caching })
const get = (headers: Record<string, string> = {}, method = 'GET') =>
  new Request('http://h/', { method, headers })

describe('cacheControl', () => {
  it('is public for an anonymous GET or HEAD', () => {
    expect(cacheControl(get(), route(60), [good('shared')])).toBe('public, max-age=60')
    expect(cacheControl(get({}, 'HEAD'), route(60), [good('shared')])).toBe('public, max-age=60')
  })

  it('is private with credentials, behind authentication, or when an upstream says so', () => {
    const shared = [good('shared')]
    expect(cacheControl(get({ authorization: 'x' }), route(60), shared)).toBe('private, max-age=60')
    expect(cacheControl(get({ cookie: 'x' }), route(60), shared)).toBe('private, max-age=60')
    for (const key of ['mw-auth', 'mw-jwt', 'mw-ipfilter']) {
      expect(cacheControl(get(), route(60, [key]), shared)).toBe('private, max-age=60')
    }
    expect(cacheControl(get(), route(60, ['mw-bodylimit']), shared)).toBe('public, max-age=60')
    expect(cacheControl(get(), route(60), [good('shared'), good('private')])).toBe(
      'private, max-age=60',
    )
  })

  it('forbids keeping what one upstream forbids', () => {
    expect(cacheControl(get(), route(60), [good('shared'), good('never')])).toBe('no-store')
  })

  it('is absent for other methods and without a time to live', () => {
    expect(cacheControl(get({}, 'POST'), route(60), [good('shared')])).toBeUndefined()
    expect(cacheControl(get(), route(0), [good('shared')])).toBeUndefined()
  })
})

describe('cachingOf', () => {
  it.each([
    [{}, 'shared'],
    [{ 'cache-control': 'max-age=5' }, 'shared'],
    [{ 'cache-control': 'Private' }, 'private'],
    [{ 'cache-control': 'no-cache, No-Store' }, 'never'],
    [{ 'set-cookie': 'a=1' }, 'never'],
  ])('of %j is %s', (headers, expected) => {
    expect(cachingOf(new Headers(headers as Record<string, string>))).toBe(expected)
  })
})
