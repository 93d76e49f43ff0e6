import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { UserFault } from './fault.ts'
import { addReference, generatedFiles } from './reference.ts'
import { misfit } from '../config/reference/misfit.fixture.ts'
import { ROOT } from './root.ts'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cb-bridge-reference-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true })
})

async function reference(...args: string[]): Promise<void> {
  const program = new Command()
  addReference(program)
  await program.parseAsync(['reference', ...args, '--directory', directory], { from: 'user' })
}

test('writes the page and the schemas, and finds them fresh', async () => {
  await reference()
  expect(readdirSync(join(directory, 'routes')).toSorted()).toEqual([
    'README.md',
    'api.schema.json',
    'gateway.schema.json',
  ])
  expect(readdirSync(join(directory, 'infra'))).toEqual(['reference.md'])
  const schema = readFileSync(join(directory, 'routes/gateway.schema.json'), 'utf8')
  expect(JSON.parse(schema)).toMatchObject({
    $schema: 'http://json-schema.org/draft-07/schema#',
  })
  await expect(reference('--check')).resolves.toBeUndefined()
})

test('a missing or changed file is stale, and checking writes nothing', async () => {
  await reference()
  writeFileSync(join(directory, 'routes/README.md'), 'changed')
  rmSync(join(directory, 'routes/api.schema.json'))
  const stale = await reference('--check').catch((error: unknown) => error)
  expect(stale).toBeInstanceOf(UserFault)
  expect(String(stale)).toContain('README.md')
  expect(String(stale)).toContain('api.schema.json')
  expect(String(stale)).not.toContain('gateway.schema.json')
  expect(readFileSync(join(directory, 'routes/README.md'), 'utf8')).toBe('changed')
})

const ROUTES = join(ROOT, 'routes')
const FILES = ['gateway.yaml', ...readdirSync(join(ROUTES, 'apis')).map((name) => `apis/${name}`)]

test.each(FILES)('the shipped %s names its schema, which takes it', async (name) => {
  const text = readFileSync(join(ROUTES, name), 'utf8')
  const [, schema = ''] = /^# yaml-language-server: \$schema=(?:\.|\.\.)\/(\S+)\n/.exec(text) ?? []
  const generated = (await generatedFiles())[`routes/${schema}`]
  expect(generated).toBeDefined()
  expect(misfit(JSON.parse(generated ?? '{}') as object, parse(text))).toBeUndefined()
})
