import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonNumber } from '../shaping/json-number.ts'
import type { Json } from '../shaping/types.ts'
import { fillTemplate, parseTemplate } from './template.ts'

const fill = (pattern: string, params: Record<string, string>, responses: Json[] = []) =>
  fillTemplate(parseTemplate(pattern), { params, responses })

describe('an upstream path', () => {
  it('takes the values of path parameters', () => {
    expect(fill('/ns/{nsId}/x-{my-id}.json', { nsId: 'a b', 'my-id': '한' })).toEqual({
      ok: true,
      value: '/ns/a%20b/x-%ED%95%9C.json',
    })
  })

  it('begins with a slash and keeps a query of its own', () => {
    expect(fill('a/{x}?q={x}&r=1', { x: 'v&w=1' })).toEqual({
      ok: true,
      value: '/a/v%26w%3D1?q=v%26w%3D1&r=1',
    })
  })

  it.each([
    ['/a b/%41%/한?x=a b#c', '/a%20b/%41%25/%ED%95%9C?x=a%20b%23c'],
    ['/a\\b#c', '/a%5Cb%23c'],
    ['/q?f={"a":1}/{}', '/q?f=%7B%22a%22:1%7D/%7B%7D'],
    ['', '/'],
  ])('encodes its own text once: %s', (pattern, expected) => {
    expect(fill(pattern, {})).toEqual({ ok: true, value: expected })
  })

  it.each([
    ['//evil.example', '/a/%2F%2Fevil.example/b'],
    ['a/../../b', '/a/a%2F..%2F..%2Fb/b'],
    ['a\\b', '/a/a%5Cb/b'],
    ['?x=1', '/a/%3Fx%3D1/b'],
    ['#x', '/a/%23x/b'],
    ['user@evil.example', '/a/user%40evil.example/b'],
    ['%2e%2e', '/a/%252e%252e/b'],
    ['a\r\nHost: evil\0', '/a/a%0D%0AHost%3A%20evil%00/b'],
  ])('keeps the value %j inside one segment', (x, expected) => {
    expect(fill('/a/{x}/b', { x })).toEqual({ ok: true, value: expected })
  })

  it.each(['.', '..', '', '\ud800'])('refuses the value %j', (x) => {
    expect(fill('/a/{x}/b', { x }).ok).toBe(false)
    expect(fill('/a/{x}', { x }).ok).toBe(false)
  })

  it('refuses values that make a dot segment together with the text around them', () => {
    expect(fill('/a/.{x}/b', { x: '.' }).ok).toBe(false)
    expect(fill('/a/%2E{x}?q', { x: '.' }).ok).toBe(false)
    expect(fill('/a/{x}{y}', { x: '.', y: '.' }).ok).toBe(false)
    expect(fill('/a/.{x}?q=/../', { x: 'git' })).toEqual({ ok: true, value: '/a/.git?q=/../' })
  })

  it('allows an empty value in the query, and dots', () => {
    expect(fill('/a?q={x}&r={y}', { x: '', y: '..' })).toEqual({ ok: true, value: '/a?q=&r=..' })
  })

  it('says which parameter is missing', () => {
    expect(fill('/a/{x}', {})).toEqual({ ok: false, error: 'The path parameter "x" is missing.' })
    expect(fill('/a/{constructor}', {}).ok).toBe(false)
  })
})

describe('a field of an earlier answer', () => {
  const answers = [
    {
      a: { b: 'x/y' },
      list: [{ id: 7 }],
      'user-id': true,
      none: null,
      deep: {},
      big: new JsonNumber('12345678901234567890.10'),
    },
  ]

  it.each([
    ['{resp0_a.b}', 'x%2Fy'],
    ['{resp0_list.0.id}', '7'],
    ['{resp0_user-id}', 'true'],
    ['{resp0_big}', '12345678901234567890.10'],
  ])('fills %s', (placeholder, expected) => {
    expect(fill(`/u/${placeholder}`, {}, answers)).toEqual({ ok: true, value: `/u/${expected}` })
  })

  it.each([
    'a.c',
    'list.1.id',
    'list.length',
    'none',
    'deep',
    '__proto__',
    'a.constructor',
    'a..b',
  ])('fails when %s is no text, number or boolean, instead of calling a wrong URL', (field) => {
    expect(fill(`/u/{resp0_${field}}`, {}, answers)).toEqual({
      ok: false,
      error: `The field "${field}" of answer 0 is missing.`,
    })
  })

  it('fails when there is no such answer', () => {
    expect(fill('/u/{resp1_a}', {}, answers).ok).toBe(false)
  })

  it('knows a field named __proto__ that an answer really has', () => {
    const answer: Json = JSON.parse('{"__proto__": {"x": "1"}}')
    expect(fill('/u/{resp0___proto__.x}', {}, [answer])).toEqual({ ok: true, value: '/u/1' })
  })

  it('is a path parameter when the endpoint declares that name', () => {
    expect(parseTemplate('/u/{resp0_a}', ['resp0_a'])).toEqual(['/u/', { param: 'resp0_a' }])
  })
})

describe('an upstream URL', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(
        fc.constantFrom(
          '.',
          '/',
          '\\',
          '?',
          '#',
          '%',
          '%2e',
          '%2f',
          '@',
          ':',
          '//evil',
          '\t',
          ';',
          'a',
        ),
      )
      .map((parts) => parts.join('')),
  )

  it('has the segments, query pairs and host of its pattern, whatever the values are', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (x, y, z) => {
        const filled = fill('/a/{x}/p-{y}.json/c?q={z}&r=1', { x, y, z })
        if (!filled.ok) return
        const url = new URL(`http://upstream.example:81${filled.value}`)
        const segments = url.pathname.split('/')
        expect(url.host).toBe('upstream.example:81')
        expect(url.hash).toBe('')
        expect(segments.map(decodeURIComponent)).toEqual(['', 'a', x, `p-${y}.json`, 'c'])
        expect([...url.searchParams]).toEqual([
          ['q', z],
          ['r', '1'],
        ])
      }),
      { numRuns: 3000 },
    )
  })

  it('is refused only for values that can not stand in a path', () => {
    fc.assert(
      fc.property(hostile, (x) => {
        const isPossible = x !== '' && x !== '.' && x !== '..' && x.isWellFormed()
        expect(fill('/a/{x}', { x }).ok).toBe(isPossible)
      }),
    )
  })
})
