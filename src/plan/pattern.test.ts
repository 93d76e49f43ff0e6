import { describe, expect, it } from 'vitest'
import { readEndpoint } from './pattern.ts'

const read = (endpoint: string) => {
  const pattern = readEndpoint(endpoint)
  return pattern.ok ? pattern.value.path : pattern.error.message
}

describe('an endpoint', () => {
  it.each([
    ['/ns/{nsId}/x-{my_id}.json', '/ns/{nsId}/x-{my_id}.json'],
    ['a/b/', '/a/b/'],
    ['', '/'],
    ['/', '/'],
    ['/spider/*bypass', '/spider/*'],
    ['/*bypass', '/*'],
    ['*bypass', '/*'],
    ['/a%2Fb/한', '/a%2Fb/한'],
    ['/..a/.b', '/..a/.b'],
    ['/a/__b', '/a/__b'],
  ])('%j is read as %s', (endpoint, path) => {
    expect(read(endpoint)).toBe(path)
  })

  it('tells its parameters and whether it is a bypass', () => {
    expect(readEndpoint('/ns/{nsId}/*bypass')).toEqual({
      ok: true,
      value: { path: '/ns/{nsId}/*', isBypass: true, params: ['nsId'] },
    })
  })

  it.each([
    ['/__health', /reserved/],
    ['/%5F_x', /reserved/],
    ['/__{x}', /reserved/],
    ['/__x/*bypass', /reserved/],
    ['//evil', /empty segment/],
    ['/a//b', /empty segment/],
    ['/a//*bypass', /empty segment/],
    ['/a/*bypass/b', /wildcard/],
    ['/a/x*bypass', /wildcard/],
    ['/a/*', /wildcard/],
    ['/a/{x}-{y}', /no valid parameter/],
    ['/a/{x', /no valid parameter/],
    ['/a/{}', /no valid parameter/],
    ['/a/{x y}', /no valid parameter/],
    ['/{x}/{x}', /declared twice/],
    ['/a/../b', /ever match/],
    ['/a/%2e', /ever match/],
    ['/a/x%2f..', /ever match/],
    ['/a/b?c=1', /ever match/],
    ['/a/b#c', /ever match/],
    ['/a\\b', /ever match/],
    ['/a/%00', /ever match/],
    ['/a/\ud800', /ever match/],
  ])('%j is refused', (endpoint, message) => {
    expect(read(endpoint)).toMatch(message)
  })
})
