import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { printDiagnostic } from '../../src/config/diagnostics.ts'
import { catalogOf, loadCatalog, releases } from './load.ts'

const V013 = readFileSync(join(import.meta.dirname, 'v0.13.yaml'), 'utf8')

/** The faults of v0.13 with one text replaced by another, as they are printed. */
function faultsWith(found: string, replacement: string): readonly string[] {
  expect(V013.split(found)).toHaveLength(2)
  const loaded = loadCatalog({ name: 'c.yaml', text: V013.replace(found, replacement) })
  return loaded.ok ? [] : loaded.error.map(printDiagnostic)
}

const lineOf = (text: string) => V013.slice(0, V013.indexOf(text)).split('\n').length

describe('the shipped catalogues', () => {
  test('there is one of v0.13', () => {
    expect(releases()).toContain('v0.13')
  })

  test.each(releases())('%s loads, and names itself', (release) => {
    expect(catalogOf(release).release).toBe(release)
  })

  test.each(releases())('%s pins no image by a digest that nobody published', (release) => {
    expect(Object.values(catalogOf(release).components).map(({ digest }) => digest)).toEqual(
      expect.not.arrayContaining([expect.any(String)]),
    )
  })

  test('user names and database are the same on both sides', () => {
    const { components } = catalogOf('v0.13')
    const spider = components['cb-spider']?.environment
    const postgres = components['cb-spider-postgres']?.environment
    expect(spider?.['SPIDER_METADB_USER']).toEqual(postgres?.['POSTGRES_USER'])
    expect(spider?.['SPIDER_METADB_DATABASE']).toEqual(postgres?.['POSTGRES_DB'])
  })
})

describe('a catalogue with a fault', () => {
  test('every value needs a source', () => {
    const line = lineOf('version: 0.13.0')
    expect(faultsWith('version: 0.13.0 # reference', 'version: 0.13.0')).toEqual([
      `c.yaml:${line}:14: error: This value names no source. (End its line with "# reference", "# upstream chart" or "# ours: reason".)`,
    ])
  })

  test('"ours" needs a reason', () => {
    expect(
      faultsWith(
        '# ours: a title\n    image: docker.io/cloud',
        '# ours:\n    image: docker.io/cloud',
      ),
    ).toEqual([expect.stringContaining('This value names no source.')])
  })

  test.each([
    [
      'an unknown key',
      'needs: [cb-spider-postgres]',
      'need: [cb-spider-postgres]',
      'Unknown key "need". (Did you mean "needs"?)',
    ],
    [
      'a component that is not there',
      'needs: [cb-spider-postgres]',
      'needs: [cb-spider-postgre]',
      'There is no "cb-spider-postgre". (Did you mean "cb-spider-postgres"?)',
    ],
    [
      'a secret that is not there',
      '{ secret: cb-spider-postgres.password }',
      '{ secret: cb-spider-postgres.pass }',
      'There is no "pass". (Known here: password.)',
    ],
    [
      'a value of two kinds',
      '{ secret: api-password }',
      '{ secret: api-password, username: cb-spider }',
      'Exactly one of secret, address, username is needed.',
    ],
    [
      'a port that is not there',
      'port: api #',
      'port: apo #',
      'There is no "apo". (Did you mean "api"?)',
    ],
    [
      'a probe of a port that is not there',
      'tcp: postgres,',
      'tcp: pg,',
      'There is no "pg". (Known here: postgres.)',
    ],
    [
      'an invented digest',
      'version: 0.13.0 #',
      'digest: sha256:1234 # ours: x\n    version: 0.13.0 #',
      'This is no digest.',
    ],
    [
      'a size that is none',
      'size: 2Gi',
      'size: big',
      '"big" is no quantity. (Write it like "2Gi" or "250m".)',
    ],
    [
      'a reference',
      'username: barista',
      'username: "${USER}"',
      'References (${NAME}) are not filled in here. (Write the value itself.)',
    ],
    [
      'a path that is taken',
      'path: /tmp',
      'path: /root/go/src/github.com/cloud-barista/cb-spider/cache',
      'Something else is mounted at this path.',
    ],
    [
      'a readiness path elsewhere',
      'path: /spider/readyz',
      'path: /readyz',
      'The path is not below /spider.',
    ],
    ['two users', 'user: 70,', 'user: 70, root: no,', 'Exactly one of user, root is needed.'],
  ])('%s is named where it stands', (_, found, replacement, message) => {
    const [first, ...others] = faultsWith(found, replacement)
    expect(first).toMatch(new RegExp(`^c.yaml:${lineOf(found)}:\\d+: error: `))
    expect(first?.split(': error: ')[1]).toBe(message)
    expect(others.filter((fault) => fault.includes(message)).length).toBeLessThanOrEqual(1)
  })

  test('the kubelet cannot ask what needs credentials', () => {
    const faults = faultsWith('codes: [200]', 'codes: [200], authenticated: true')
    const message = 'There is no open readiness path of an API. (The kubelet sends no credentials'
    expect(faults).toEqual(Array(2).fill(expect.stringContaining(message)))
  })

  test('a circle of needs', () => {
    const found = '    version: 16-alpine # reference\n'
    expect(faultsWith(found, `${found}    needs: [cb-spider] # ours: x\n`)).toEqual([
      expect.stringContaining('The component needs itself'),
      expect.stringContaining('The component needs itself'),
    ])
  })

  test('a component used without being needed', () => {
    expect(faultsWith('    needs: [cb-spider-postgres] # reference\n', '')).toEqual([
      expect.stringContaining(
        '"cb-spider-postgres" is used here. (Add it to "needs" of cb-spider.)',
      ),
      expect.stringContaining('"cb-spider-postgres" is used here.'),
    ])
  })

  test('text that is no YAML is told once, with its line', () => {
    const loaded = loadCatalog({ name: 'c.yaml', text: 'release: [\n' })
    expect(loaded.ok ? [] : loaded.error.map(printDiagnostic)).toEqual([
      expect.stringMatching(/^c\.yaml:\d+:\d+: error: /),
    ])
  })
})
