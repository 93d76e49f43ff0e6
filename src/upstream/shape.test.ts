import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinQuery, shapeQuery } from './shape.ts'

describe('shapeQuery', () => {
  it.each([
    ['?x=1&x=2&y=', [], '?x=1&x=2&y='],
    ["?a=%zz&b=a+b&c='&d", [], "?a=%zz&b=a+b&c='&d"],
    ['?a=1&b=2&a=3&c', ['a'], '?b=2&c'],
    ['?a=1', ['a'], ''],
    ['?a%5Bb%5D=1&c=2', ['a[b]'], '?c=2'],
    ['?a+b=1&c=2', ['a b'], '?c=2'],
    ['?A=1&a=2', ['a'], '?A=1'],
    ['', ['a'], ''],
  ])('of %s without %j is %s', (query, except, expected) => {
    expect(shapeQuery(query, except)).toBe(expected)
  })

  it('leaves every byte of what it keeps', () => {
    fc.assert(
      fc.property(fc.array(fc.webQueryParameters(), { maxLength: 6 }), (pairs) => {
        const query = `?${pairs.join('&')}`
        expect(shapeQuery(query, ['never-sent'])).toBe(query)
      }),
    )
  })
})

describe('joinQuery', () => {
  it.each([
    ['/a', '?x=1', '/a?x=1'],
    ['/a?b=2', '?x=1', '/a?b=2&x=1'],
    ['/a', '', '/a'],
    ['/a', '?', '/a'],
  ])('%s and %s give %s', (path, query, expected) => {
    expect(joinQuery(path, query)).toBe(expected)
  })
})
