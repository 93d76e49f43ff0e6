import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockState } from './state-lock.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cb-lock-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Another process that takes the lock and holds it until it is killed. */
async function otherHolder() {
  const script = `import { lockState } from ${JSON.stringify(import.meta.resolve('./state-lock.ts'))}
    lockState(${JSON.stringify(directory)}); console.log('locked'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

describe('lockState', () => {
  it('makes the directory, and is free again once unlocked', () => {
    const inside = join(directory, 'a/b')
    lockState(inside)()
    expect(() => lockState(inside)()).not.toThrow()
  })

  it('names the process that holds the directory', () => {
    const unlock = lockState(directory)
    expect(() => lockState(directory)).toThrow(`in use by process ${process.pid}`)
    unlock()
  })

  it('takes over from a process that was killed', async () => {
    const other = await otherHolder()
    expect(() => lockState(directory)).toThrow(`in use by process ${other.pid}`)
    other.kill('SIGKILL')
    await once(other, 'exit')
    expect(() => lockState(directory)()).not.toThrow()
  })
})
