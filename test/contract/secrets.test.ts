import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServe } from '../../src/cli/serve.ts'
import { writeDirectory, type ConfigurationDirectory } from '../hosts/directory.ts'
import { fixture, fixtureValues } from './stage.ts'

const BIN = fileURLToPath(new URL('../../src/cli/bin.mjs', import.meta.url))

let directory: ConfigurationDirectory
beforeAll(() => {
  directory = writeDirectory(fixture)
})
afterAll(() => directory.remove())

/** Everything a run of the command line says. */
const run = (...args: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    const env = { ...process.env, ...fixtureValues() }
    execFile(process.execPath, [BIN, ...args, '--config', directory.path], { env }, (_, out, err) =>
      resolve(out + err),
    )
  })

describe.concurrent('values of references appear nowhere in what the command line says', () => {
  test.each([
    ['explain', 'GET', '/guarded/x?password=MARKER-query', '--header', 'Cookie: a=MARKER-cookie'],
    ['explain', 'GET', '/owners/x', '--json', '--header', 'Authorization: Bearer MARKER-client'],
    ['explain', 'POST', '/guarded-raw/a/b', '--env'],
    ['check'],
    ['check', '--json', '--env'],
  ])('%s %s %s', async (...args) => {
    const said = await run(...args)
    expect(said).not.toBe('')
    expect(said.replaceAll('?password=MARKER-query', '')).not.toContain('MARKER')
  })

  test('nor in what build writes', async () => {
    const out = mkdtempSync(join(tmpdir(), 'cb-bridge-secrets-'))
    const said = await run('build', '--out', out)
    const files = readdirSync(out, { recursive: true, withFileTypes: true })
    const texts = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8'))
    rmSync(out, { recursive: true })
    expect(texts.join('\n')).toContain('GUARDED_PASSWORD')
    expect(said + texts.join('\n')).not.toContain('MARKER')
  })
})

describe('a value that does not fit', () => {
  test.each([
    ['TENANT_TOKEN', 'MARKER\r\nX-Evil: 1'],
    ['PAIR_TOKEN', 'MARKER\u0000'],
    ['GUARDED_USER', 'MARKER:colon'],
    ['UPSTREAM_URL', 'ftp://MARKER/'],
    ['UPSTREAM_URL', 'http://user:MARKER@127.0.0.1:1'],
  ])('is refused without being shown: %s', async (name, value) => {
    const said: string[] = []
    const keep = (text: string) => void said.push(text)
    const values = { ...fixtureValues(), [name]: value }
    const starting = startServe({ config: directory.path, port: 0, values, log: keep, note: keep })
    const error: unknown = await starting.then(
      (serving) => serving.close(),
      (cause: unknown) => cause,
    )
    expect(error).toBeInstanceOf(Error)
    expect(String(error) + said.join('\n')).not.toContain('MARKER')
    expect(String(error)).toContain(name)
  })
})

describe('what is not available yet', () => {
  const withBlock = (block: string) => ({
    ...fixture,
    apis: {
      'one.yaml': `
definitions:
  - name: limited
    endpoint: /limited
    hosts: [{host: "http://127.0.0.1:1"}]
    backend: [{url_pattern: /, middleware: {${block}}}]
`,
    },
  })
  const start = async (block: string, allowMissing = false) => {
    directory.write(withBlock(block))
    const said: string[] = []
    const note = (text: string) => void said.push(text)
    try {
      const values = fixtureValues()
      const options = { config: directory.path, port: 0, values, note, allowMissing }
      const serving = await startServe(options)
      await serving.close()
      return { isRefused: false, said: said.join('\n') }
    } catch (error) {
      return { isRefused: true, said: String(error) }
    }
  }

  test('is refused', async () => {
    const { isRefused, said } = await start('mw-httpcache: {enabled: true}')
    expect(isRefused).toBe(true)
    expect(said).toMatch(/apis\/one\.yaml:\d+:\d+: error: .*mw-/)
  })

  test('is let through with allowMissing', async () => {
    const { isRefused, said } = await start('mw-httpcache: {enabled: true}', true)
    expect(isRefused).toBe(false)
    expect(said).toContain('mw-httpcache')
  })

  test('is no obstacle where it has no effect', async () => {
    expect((await start('mw-httpcache: {enabled: false}')).isRefused).toBe(false)
  })
})
