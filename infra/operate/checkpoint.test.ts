import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { mendCheckpoint } from './checkpoint.ts'

let state: string
let file: string

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'cb-bridge-checkpoint-'))
  const stacks = join(state, '.pulumi/stacks/cb-bridge')
  mkdirSync(stacks, { recursive: true })
  file = join(stacks, 'dev.json')
})
afterEach(() => rmSync(state, { recursive: true, force: true }))

const mend = () => mendCheckpoint(state, 'cb-bridge', 'dev')

test.each(['', '{"version": 3, "chec'])(
  'a state that ends too early (%j) gives way to the one before',
  (text) => {
    writeFileSync(file, text)
    writeFileSync(`${file}.bak`, '{"version":3}')
    mend()
    expect(readFileSync(file, 'utf8')).toBe('{"version":3}')
  },
)

test('a whole state stays, and so does a broken one with nothing better beside it', () => {
  writeFileSync(file, '{"version":4}')
  writeFileSync(`${file}.bak`, '{"version":3}')
  mend()
  expect(readFileSync(file, 'utf8')).toBe('{"version":4}')
  writeFileSync(file, '')
  writeFileSync(`${file}.bak`, '')
  mend()
  expect(readFileSync(file, 'utf8')).toBe('')
})

test('a checksum that ends too early goes, and so does that of a state that gave way', () => {
  const before = '{"version":3}'
  for (const name of [file, `${file}.bak`]) writeFileSync(name, before)
  for (const name of [file, `${file}.bak`]) writeFileSync(`${name}.attrs`, '')
  mend()
  expect([file, `${file}.bak`].map((name) => existsSync(`${name}.attrs`))).toEqual([false, false])
  writeFileSync(`${file}.attrs`, '{"md5":""}')
  mend()
  expect(existsSync(`${file}.attrs`)).toBe(true)
  writeFileSync(file, '')
  mend()
  expect(existsSync(`${file}.attrs`)).toBe(false)
})

test('no state at all is fine', () => {
  mend()
})
