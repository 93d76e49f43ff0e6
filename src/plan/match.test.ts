import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMatcher, type Match } from './match.ts'
import { compareSegments, decodeSegment, type Segment, segmentsOf, valueIn } from './pattern.ts'
import type { Route } from './types.ts'

/** The matcher looks at these fields alone. */
function route(line: string): Route {
  const [method = '', path = ''] = line.split(' ')
  const isBypass = method === '*'
  return { name: line, method, path, isBypass } as unknown as Route
}

const matcherOf = (...lines: string[]) => createMatcher(lines.map(route))

/** What a request leads to, in one word. */
function show(found: Match): string {
  if (found.kind === 'route') return found.route.name
  if (found.kind === 'redirect') return `-> ${found.path}`
  return found.kind === 'method-not-allowed' ? `405 ${found.allow.join(' ')}` : '404'
}

const ask = (lines: readonly string[], request: string): string => {
  const [method = '', path = ''] = request.split(' ')
  return show(matcherOf(...lines).match(method, path))
}

describe('the matcher', () => {
  it.each([
    ['GET /a/recommend', 'GET /a/recommend'],
    ['GET /a/x-1', 'GET /a/x-{id}'],
    ['GET /a/x-yz-1', 'GET /a/x-yz-{id}'],
    ['GET /a/1.json', 'GET /a/{id}.json'],
    ['GET /a/x-1.json', 'GET /a/x-{id}.json'],
    ['GET /a/1', 'GET /a/{id}'],
    ['GET /a/1/deep', '* /a/*'],
    ['PUT /a/recommend', '* /a/*'],
  ])('prefers the more specific route for %s', (request, winner) => {
    const lines = [
      '* /a/*',
      'GET /a/{id}',
      'GET /a/{id}.json',
      'GET /a/x-{id}',
      'GET /a/x-{id}.json',
      'GET /a/x-yz-{id}',
      'GET /a/recommend',
    ]
    expect(ask(lines, request)).toBe(winner)
    expect(ask(lines.toReversed(), request)).toBe(winner)
  })

  it('leaves a static branch that leads nowhere', () => {
    const lines = ['GET /a/b/c', 'GET /{x}/b/d', '* /{x}/*']
    expect(ask(lines, 'GET /a/b/d')).toBe('GET /{x}/b/d')
    expect(ask(lines, 'GET /a/b/e')).toBe('* /{x}/*')
  })

  it('does not let a route of another method hide one for this method', () => {
    const lines = ['POST /mcis/recommend', 'GET /mcis/{mcisId}']
    expect(ask(lines, 'GET /mcis/recommend')).toBe('GET /mcis/{mcisId}')
    expect(ask(lines, 'POST /mcis/recommend')).toBe('POST /mcis/recommend')
  })

  it('gives the decoded values of the parameters, each by the name of its own route', () => {
    const matcher = matcherOf('GET /ns/{nsId}/x-{id}.json', 'POST /ns/{other}/x-{id}.json')
    const path = '/ns/%ED%95%9C%20a/x-1%2F2%5C3.json'
    expect(matcher.match('GET', path)).toMatchObject({ params: { nsId: '한 a', id: '1/2\\3' } })
    expect(matcher.match('POST', path)).toMatchObject({ params: { other: '한 a', id: '1/2\\3' } })
  })

  it('compares percent-encoded text decoded, and never takes an encoded slash for a separator', () => {
    expect(ask(['GET /한글/a%20b'], 'GET /%ED%95%9C%EA%B8%80/%61%20b')).toBe('GET /한글/a%20b')
    expect(ask(['GET /a/b', 'GET /{x}'], 'GET /a%2Fb')).toBe('GET /{x}')
  })

  it('never matches a parameter with nothing', () => {
    expect(ask(['GET /a/{x}', 'GET /b/x-{y}'], 'GET /a/')).toBe('404')
    expect(ask(['GET /a/{x}', 'GET /b/x-{y}'], 'GET /b/x-')).toBe('404')
  })

  it('answers HEAD wherever GET is, and every method on a bypass', () => {
    const lines = ['GET /a', '* /b/*']
    expect(ask(lines, 'HEAD /a')).toBe('GET /a')
    expect(ask(lines, 'OPTIONS /b/c')).toBe('* /b/*')
    expect(ask(lines, 'PURGE /b/c')).toBe('* /b/*')
  })

  it('names the methods of a path that does not have the one asked for', () => {
    const lines = ['GET /a/{x}', 'DELETE /a/b', 'POST /c']
    expect(ask(lines, 'PUT /a/b')).toBe('405 GET HEAD DELETE OPTIONS')
    expect(ask(lines, 'OPTIONS /c')).toBe('405 POST OPTIONS')
    expect(ask(lines, 'HEAD /c')).toBe('405 POST OPTIONS')
  })

  it.each([
    ['GET /a/', '-> /a'],
    ['GET /b', '-> /b/'],
    ['GET /B', '-> /b/'],
    ['POST /ITEMS/%61B/Tail', '-> /Items/%61B/tail'],
    ['GET /files/ABC.JSON', '-> /files/ABC.json'],
    ['GET /spider', '-> /spider/'],
    ['GET /SPIDER/vm//X%2f?', '-> /spider/vm//X%2f?'],
    ['GET /nowhere/', '404'],
    ['GET //', '404'],
    ['GET //evil.example', '404'],
    ['GET //evil.example/', '404'],
    ['GET /%5Cevil.example/', '404'],
  ])('redirects to the spelling of the route: %s', (request, expected) => {
    const lines = [
      'GET /a',
      'GET /b/',
      'POST /Items/{id}/tail',
      'GET /files/{f}.json',
      '* /spider/*',
    ]
    expect(ask(lines, request)).toBe(expected)
  })

  it('prefers a 405 for the exact spelling to a redirect', () => {
    expect(ask(['POST /a/', 'GET /a'], 'GET /a/')).toBe('405 POST OPTIONS')
  })

  it('redirects to the spelling that has the method', () => {
    expect(ask(['POST /Users', 'GET /users'], 'GET /USERS')).toBe('-> /users')
    expect(ask(['POST /Users'], 'GET /USERS')).toBe('-> /Users')
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'treats %s as a segment and as a name like any other',
    (word) => {
      expect(ask(['GET /a'], `GET /${word}`)).toBe('404')
      expect(ask([`GET /a/${word}`], `GET /a/${word}`)).toBe(`GET /a/${word}`)
      const found = matcherOf(`GET /a/{${word}}`).match('GET', '/a/1')
      expect(found.kind === 'route' && Object.entries(found.params)).toEqual([[word, '1']])
      expect(ask(['GET /a'], `${word} /a`)).toBe('405 GET HEAD OPTIONS')
    },
  )
})

const words = ['a', 'b', 'A', 'x-1', 'x-1.json', '__proto__', 'constructor', 'a%2Fb', '한']
const patternSegment = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...words) },
  fc.constantFrom('{p}', 'x-{p}', '{p}.json', 'x-{p}.json'),
)
const patternPath = fc
  .tuple(fc.array(patternSegment, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '/', '/*'))
  .map(([segments, end]) => `/${segments.join('/')}${end}`)
const patternRoute = fc
  .tuple(fc.constantFrom('GET', 'POST'), patternPath)
  .map(([method, path]) => `${path.endsWith('*') ? '*' : method} ${path}`)
const routeLines = fc.uniqueArray(patternRoute, { maxLength: 12 })
const requestPath = fc
  .array(fc.constantFrom(...words, '', 'evil', 'X-1', 'x-%2e%2e', '%61'), {
    minLength: 1,
    maxLength: 5,
  })
  .map((segments) => `/${segments.join('/')}`)

describe('the matcher, against a naive one', () => {
  it('finds the same route', () => {
    fc.assert(
      fc.property(
        routeLines,
        fc.constantFrom('GET', 'POST'),
        requestPath,
        (lines, method, path) => {
          const found = matcherOf(...lines).match(method, path)
          expect(found.kind === 'route' ? found.route.name : undefined).toBe(
            naive(lines, method, path),
          )
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('redirects within the host, to a path that exists', () => {
    fc.assert(
      fc.property(
        routeLines,
        fc.constantFrom('GET', 'POST'),
        requestPath,
        (lines, method, path) => {
          const matcher = matcherOf(...lines)
          const found = matcher.match(method, path)
          if (found.kind !== 'redirect') return
          expect(found.path).toMatch(/^\/[^/\\]/)
          expect(['route', 'method-not-allowed']).toContain(matcher.match(method, found.path).kind)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

/** All routes that fit, the one that is first by precedence. */
function naive(lines: readonly string[], method: string, path: string): string | undefined {
  const texts = path.slice(1).split('/').map(decodeSegment)
  return lines
    .map((line) => ({ line, segments: segmentsOf(line.slice(line.indexOf(' ') + 1)) }))
    .filter(({ line }) => line.startsWith('*') || line.startsWith(method))
    .filter(({ segments }) => fits(segments, texts))
    .toSorted((a, b) => compareAll(a.segments, b.segments))[0]?.line
}

function fits(segments: readonly Segment[], texts: readonly string[]): boolean {
  const hasWildcard = segments.at(-1)?.kind === 'wildcard'
  if (hasWildcard ? texts.length < segments.length : texts.length !== segments.length) return false
  return segments.every((segment, index) => {
    const text = texts[index] ?? ''
    if (segment.kind === 'static') return segment.text === text
    return segment.kind === 'wildcard' || valueIn(text, segment) !== undefined
  })
}

function compareAll(a: readonly Segment[], b: readonly Segment[]): number {
  const index = a.findIndex((segment, at) => {
    const other = b[at]
    return other === undefined || compareSegments(segment, other) !== 0
  })
  const [left, right] = [a[index], b[index]]
  return left === undefined || right === undefined ? 0 : compareSegments(left, right)
}
