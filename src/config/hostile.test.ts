import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diagnoseApis, diagnoseSystem, loadTexts } from './load.fixture.ts'

const TOO_DEEP = /^apis\/a\.yaml:\d+:\d+: error: The file is nested too deeply\. \(.+\)$/

/** CPU time of this process so far: a busy machine makes no test fail. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

describe('a file that was made to do harm', () => {
  test.each([
    ['brackets, 10,000 deep', `definitions: ${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['brackets that are never closed', `definitions: ${'['.repeat(10_000)}`],
    ['braces, 500 deep', `definitions: ${'{a: '.repeat(500)}1${'}'.repeat(500)}`],
    ['maps, 3,000 deep', Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}k:`).join('\n')],
    ['lists, 10,000 deep', `${'- '.repeat(10_000)}x`],
    ['questions, 5,000 deep', `${'? '.repeat(5000)}x`],
    ['an anchor inside itself', 'definitions: &a [*a]'],
    ['an anchor that merges itself', 'definitions: &a {b: {<<: *a}}'],
  ])('%s: one error', (_, text) => {
    const [first, ...others] = diagnoseApis(text)
    expect(first).toMatch(TOO_DEEP)
    expect(others.filter((line) => line.includes('error') && !line.includes('"<<"'))).toEqual([])
  })

  test('aliases that expand a billion times are refused in no time', () => {
    const levels = Array.from({ length: 9 }, (_, level) =>
      level === 0
        ? 'x0: &x0 [a, a, a, a, a, a, a, a, a]'
        : `x${level}: &x${level} [${Array(9)
            .fill(`*x${level - 1}`)
            .join(', ')}]`,
    )
    const start = cpuMs()
    const printed = diagnoseApis([...levels, 'definitions: *x8'].join('\n'))
    expect(cpuMs() - start).toBeLessThan(1000)
    expect(printed).toEqual([
      expect.stringMatching(/error: The aliases of this file expand to too much\./),
    ])
  })

  test('a file of more than 16 MiB is not read', () => {
    expect(diagnoseApis(`definitions: [] #${'x'.repeat(16 * 2 ** 20)}`)).toEqual([
      'apis/a.yaml:1:1: error: The file is too long. (At most 16 MiB are read; use several files.)',
    ])
  })

  test('a file of 5 MB with one endpoint loads', () => {
    const text = `definitions:\n- {name: ${'n'.repeat(5e6)}, endpoint: /a, backend: [{hosts: [{host: a}]}]}`
    expect(loadTexts('name: a', [text]).document?.groups).toHaveLength(1)
  })

  test('20,000 unknown keys are told quickly', () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n')
    const start = cpuMs()
    expect(diagnoseSystem(`name: a\n${text}`)).toHaveLength(20_000)
    expect(cpuMs() - start).toBeLessThan(5000)
  })

  test('a flood of syntax errors is cut short', () => {
    expect(diagnoseApis('a: b: c\n'.repeat(5000)).length).toBeLessThanOrEqual(20)
  })

  test.each(['/:', '{{.', '{a}', '${', '$${', '*', '/../', '%'])(
    'a path of a million times %s is judged in no time',
    (piece) => {
      const path = JSON.stringify(`/${piece.repeat(1e6 / piece.length)}`)
      const start = cpuMs()
      loadTexts('name: a', [
        `definitions: [{name: a, endpoint: ${path}, backend: [{hosts: [{host: ${path}}], url_pattern: ${path}}]}]`,
      ])
      expect(cpuMs() - start).toBeLessThan(5000)
    },
  )
})

describe('keys that mean something to JavaScript', () => {
  const KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']

  test('are unknown keys like any other', () => {
    expect(diagnoseSystem(`name: a\n${KEYS.map((key) => `${key}: {name: b}`).join('\n')}`)).toEqual(
      KEYS.map((key, index) =>
        expect.stringContaining(`gateway.yaml:${index + 2}:1: warning: Unknown key "${key}"`),
      ),
    )
    expect(({} as Readonly<Record<string, unknown>>)['name']).toBeUndefined()
  })

  test('are unknown middleware', () => {
    const blocks = KEYS.map((key) => `${key}: {enabled: true}`).join(', ')
    const text = `{definitions: [{name: a, endpoint: /a, middleware: {${blocks}}, backend: [{hosts: [{host: a}]}]}]}`
    expect(diagnoseApis(text)).toEqual(
      KEYS.map((key) => expect.stringContaining(`warning: "${key}" is not known`)),
    )
  })

  test('are plain names in a mapping, a whitelist and the headers of an upstream', () => {
    const names = KEYS.map((key) => `${key}: ${key}`).join(', ')
    const { document } = loadTexts(
      '{name: a, upstreams: {constructor: {targets: [{url: a}], headers: {valueOf: x}}}}',
      [
        `{definitions: [{name: a, endpoint: /a, backend: [{hosts: [{host: a}], mapping: {${names}}, whitelist: [${KEYS.join(', ')}]}]}]}`,
      ],
    )
    const backend = document?.groups[0]?.definitions[0]?.backend[0]
    expect(Object.entries(backend?.mapping ?? {})).toEqual(KEYS.map((key) => [key, key]))
    expect(backend?.whitelist).toEqual(KEYS)
    expect(Object.keys(document?.system.upstreams ?? {})).toEqual(['constructor'])
  })
})

describe('texts of every kind', () => {
  const GOOD =
    'definitions:\n- name: 가나다\n  endpoint: /a\n  backend: [{hosts: [{host: a}]}]\n  foo: 1'
  const WARNING = expect.stringContaining('apis/a.yaml:5:3: warning: Unknown key "foo"') as string

  test.each([
    ['as it is', GOOD],
    ['with CRLF', GOOD.replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\uFEFF${GOOD}`],
    ['with a document start', GOOD.replace('definitions:', 'definitions: # ---')],
    ['with trailing spaces', GOOD.replaceAll('\n', '   \n')],
    ['with a trailing line of spaces', `${GOOD}\n    `],
  ])('%s: positions are right', (_, text) => {
    expect(diagnoseApis(text)).toEqual([WARNING])
  })

  test('a byte order mark moves no column', () => {
    expect(diagnoseSystem('\uFEFFnames: a')).toEqual([
      expect.stringContaining('gateway.yaml:1:1: warning: Unknown key "names"'),
      'gateway.yaml:1:1: error: "name" is missing.',
    ])
  })

  test('a blank line after every line, as Helm writes it, changes nothing', () => {
    expect(
      diagnoseApis(GOOD.replaceAll('\n', '\n    \n').replace('  foo: 1', '  active: on')),
    ).toEqual([])
  })

  test.each([
    '\0\0\0',
    '\uD800',
    '\u2028',
    '%YAML 1.1\n---\nname: a',
    '!!binary aGk=',
    '&a',
    '*',
    '<<: 1',
    '? a',
    '"',
    "'",
    '|',
    '>',
    '@',
    '`',
  ])('%j is told, not thrown', (text) => {
    expect(() => loadTexts(text, [text])).not.toThrow()
  })

  test('no text makes loading throw', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'definitions:',
        '- ',
        'name: ',
        'backend: ',
        'hosts: ',
        '{',
        '}',
        '[',
        ']',
        ': ',
        ', ',
        '\n',
        '  ',
        '&a ',
        '*a',
        '<<: ',
        '"',
        "'",
        '|',
        '>',
        '#',
        '${A}',
        '${',
        '{{.X}',
        '/:id',
        '!!str ',
        '---\n',
        '\t',
        'middleware: ',
        'mw-proxy: ',
        'upstreams: ',
        'auth: ',
        '? ',
      ),
      fc.string({ maxLength: 4 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('')
        const { diagnostics, document } = loadTexts(text, [text])
        const hasError = diagnostics.some(({ severity }) => severity === 'error')
        expect(document === undefined).toBe(hasError)
        for (const { line, column } of diagnostics) {
          expect(line).toBeGreaterThan(0)
          expect(column).toBeGreaterThan(0)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a secret', () => {
  const SECRET = 'hunter2'
  const PLACES = [
    'upstreams: {u: {targets: [{url: a}], auth: {basic: {username: a, password: S}}}}',
    'upstreams: {u: {targets: [{url: a}], auth: {basic: {username: "a:b", password: [S]}}}}',
    'upstreams: {u: {targets: [{url: a}], auth: {bearer: S}}}',
    'upstreams: {u: {targets: [{url: a}], auth: {bearer: {S}}}}',
    'upstreams: {u: {targets: [{url: a}], auth: {S: S}}}',
    'upstreams: {u: {targets: [{url: a}], auth: {basic: {S: S}}}}',
    'upstreams: {u: {targets: [{url: a}], auth: {header: {name: "X Y", value: "S\\n"}}}}',
    'upstreams: {u: {targets: [{url: a}], auth: S}}',
    'upstreams: {u: {targets: [{url: "http://u:S@a"}]}}',
    'upstreams: {u: {targets: [{url: "u:S@a"}], headers: {Authorization: "S\\n"}}}',
    'upstreams: {u: {targets: [{url: a}], auth: {bearer: S: S}}}',
    'upstreams: {u: {targets: [{url: a}], auth: {bearer: "S}}}',
    'upstreams: {u: {targets: [{url: a}], auth: {bearer: *S}}}',
    'upstreams: {u: {targets: [{url: a}], auth: {bearer: !S x}}}',
    'upstreams: {u: {targets: [{url: a}], auth: {bearer: @S}}}',
    'admin: {credentials: {secret: S, basic: {users: {admin: S}}}}',
    'middleware: {mw-metrics: {influxdb: {password: [S]}}}',
    'middleware: {mw-auth: {secure_key: S}}',
    'tls: {private_key: S}',
  ]

  test.each(PLACES)('is in no diagnostic: %s', (text) => {
    const printed = diagnoseSystem(`name: a\n${text.replaceAll(/\bS\b/g, SECRET)}`)
    expect(printed.length).toBeGreaterThan(0)
    expect(printed.join('\n')).not.toContain(SECRET)
  })
})
