import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clearStaleLocks } from './locks.ts'

let state: string
let file: string

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'cb-bridge-locks-'))
  const directory = join(state, '.pulumi/locks/organization/cb-bridge/dev')
  mkdirSync(directory, { recursive: true })
  file = join(directory, 'a.json')
})
afterEach(() => rmSync(state, { recursive: true, force: true }))

const NOW = new Date().toISOString()
const lock = (more: object) =>
  writeFileSync(
    file,
    JSON.stringify({
      pid: process.pid,
      username: 'ann',
      hostname: hostname(),
      timestamp: NOW,
      ...more,
    }),
  )
const clear = () => clearStaleLocks(`file://${state}`, 'cb-bridge', 'dev')

test('the lock of a process that lives is somebody’s', () => {
  lock({})
  expect(clear).toThrow(`"dev" is in use by ann@${hostname()} (process ${process.pid}, since`)
  expect(existsSync(file)).toBe(true)
})

test('so is that of another machine, whatever lives here', () => {
  lock({ hostname: 'elsewhere', pid: 2 ** 22 + 1 })
  expect(clear).toThrow('in use by ann@elsewhere')
})

test.each<[string, () => void]>([
  ['of a process that is dead', () => lock({ pid: spawnSync('true').pid })],
  [
    'of one whose number another process has now',
    () => lock({ timestamp: '2001-01-01T00:00:00Z' }),
  ],
  ['that was not written to its end', () => writeFileSync(file, '{"pid": 1')],
])('a lock %s is removed', (_, make) => {
  make()
  clear()
  expect(existsSync(file)).toBe(false)
})

test('no lock at all is fine, and so is a state that is no directory', () => {
  clear()
  clearStaleLocks('s3://bucket', 'cb-bridge', 'dev')
})
