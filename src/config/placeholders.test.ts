import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { answersUsed, braceEndpoint, bracePattern, parametersOf } from './placeholders.ts'

test.each([
  ['/ns/{nsId}', '/ns/{nsId}'],
  ['ns/{nsId}', '/ns/{nsId}'],
  ['', '/'],
  ['/ns/:nsId/mcis/:mcisId', '/ns/{nsId}/mcis/{mcisId}'],
  ['/:FirstPath/:SecondPath', '/{FirstPath}/{SecondPath}'],
  ['/f/x-:id', '/f/x-{id}'],
  ['/f/:id.json', '/f/{id}.json'],
  ['/v1/{id}:cancel', '/v1/{id}:cancel'],
  ['/spider/*bypass', '/spider/*bypass'],
  ['*bypass', '/*bypass'],
  ['/${PREFIX}/:id', '/${PREFIX}/{id}'],
  ['${PREFIX:-/a:b}/:id', '${PREFIX:-/a:b}/{id}'],
])('the endpoint %s is %s in brace form', (endpoint, braced) => {
  expect(braceEndpoint(endpoint)).toBe(braced)
  expect(braceEndpoint(braced)).toBe(braced)
})

test('a reference is no parameter', () => {
  expect(parametersOf('/${PREFIX}/{id}/$${x}')).toEqual(['id'])
})

test.each([
  ['/ns/{{.NsId}}/x', '/ns/{nsId}/x'],
  ['/x?ns={{.NsId}}', '/x?ns={nsId}'],
  ['/{{.My-Id}}/{{.My_id}}', '/{my-id}/{my_id}'],
  ['/{{.VMName}}', '/{VMName}'],
  ['/{{.NsId}}.json', '/{nsId}.json'],
  ['/{nsId}', '/{nsId}'],
  ['{nsId}', '/{nsId}'],
  ['/{{.Resp0_a.b}}/{resp1_x-y}', '/{resp0_a.b}/{resp1_x-y}'],
  ['/${BASE}/{{.NsId}}', '/${BASE}/{nsId}'],
  ['/a?filter={"a":1}', '/a?filter={"a":1}'],
])('the pattern %s is %s in brace form', (pattern, braced) => {
  const endpoint = '/{nsId}/{my-id}/{my_id}/{VMName}'
  expect(bracePattern(pattern, endpoint)).toEqual({ pattern: braced, complaints: [] })
  expect(bracePattern(braced, endpoint)).toEqual({ pattern: braced, complaints: [] })
})

test.each([
  ['/checkMcis/{{.McisId}', '/checkMcis/{mcisId}'],
  ['/checkMcis/{{.McisId}/x', '/checkMcis/{mcisId}/x'],
  ['/checkMcis/{.McisId}}', '/checkMcis/{mcisId}'],
  ['/checkMcis/{{.McisId', '/checkMcis/{mcisId}'],
  ['/checkMcis/{{McisId}}', '/checkMcis/{mcisId}'],
])('the malformed %s is repaired with a warning', (pattern, repaired) => {
  const { pattern: braced, complaints } = bracePattern(pattern, '/{mcisId}')
  expect(braced).toBe(repaired)
  expect(complaints.map(({ severity }) => severity)).toEqual(['warning'])
})

test('a canonical placeholder that no parameter answers to is sent as it stands, with a warning', () => {
  expect(bracePattern('/a/{{.Other}}', '/{id}')).toEqual({
    pattern: '/a/%7B%7B.Other%7D%7D',
    complaints: [
      {
        severity: 'warning',
        message: 'No parameter of the endpoint answers to "{{.Other}}"; it is sent as it stands.',
        hint: 'Declared: {id}.',
      },
    ],
  })
})

test('a brace placeholder must be declared', () => {
  expect(bracePattern('/a/{other}/{id}', '/{id}').complaints).toMatchObject([
    { severity: 'error', message: 'The endpoint declares no parameter "other".' },
  ])
})

test('nothing is judged while the endpoint holds a reference, and it can be done once it is filled', () => {
  const open = bracePattern('/a/{{.NsId}}/{other}', '/${PREFIX}')
  expect(open).toEqual({ pattern: '/a/{{.NsId}}/{other}', complaints: [] })
  expect(bracePattern(open.pattern, '/{nsId}/{other}').pattern).toBe('/a/{nsId}/{other}')
})

test('a parameter that looks like an answer is a parameter', () => {
  expect(answersUsed('/{resp0_x}/{resp12_a.b}', '/{resp0_x}')).toEqual([12])
  expect(bracePattern('/{{.Resp0_x}}', '/{resp0_x}').pattern).toBe('/{resp0_x}')
})

test('every declared parameter survives the canonical spelling that the original writes back', () => {
  const name = fc.stringMatching(/^[a-z][A-Za-z0-9_-]{0,8}$/)
  const canonical = (param: string) =>
    param.replaceAll(
      /(^|[^A-Za-z0-9_])([a-z])/g,
      (_, before: string, letter: string) => before + letter.toUpperCase(),
    )
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { minLength: 1, selector: (text) => text.toLowerCase() }),
      (names) => {
        fc.pre(names.every((param) => !/^resp\d/.test(param)))
        const endpoint = braceEndpoint(names.map((param) => `/:${param}`).join(''))
        const pattern = names.map((param) => `/{{.${canonical(param)}}}`).join('')
        expect(bracePattern(pattern, endpoint)).toEqual({
          pattern: names.map((param) => `/{${param}}`).join(''),
          complaints: [],
        })
      },
    ),
  )
})
