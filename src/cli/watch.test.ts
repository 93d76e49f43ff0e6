import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { watchConfiguration } from './watch.ts'

let directory = ''
let calls = 0
let stop = () => {}
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cb-watch-'))
  calls = 0
})
afterEach(() => {
  stop()
  rmSync(directory, { recursive: true })
})

const start = (path = directory) => {
  stop = watchConfiguration(path, async () => {
    calls++
  })
}
const write = (name: string, text = 'x') => writeFileSync(join(directory, name), text)
const called = (times: number) => vi.waitFor(() => expect(calls).toBe(times))

describe('watchConfiguration', () => {
  it('calls once for a burst of edits', async () => {
    start()
    for (let i = 0; i < 5; i++) write('gateway.yaml', String(i))
    await called(1)
  })

  it('sees a file that an editor puts in the place of the old one', async () => {
    write('gateway.yaml')
    start(join(directory, 'gateway.yaml'))
    write('.gateway.yaml.swp')
    renameSync(join(directory, '.gateway.yaml.swp'), join(directory, 'gateway.yaml'))
    await called(1)
  })

  it('sees API groups, also when their directory comes later or is replaced', async () => {
    start()
    mkdirSync(join(directory, 'apis'))
    await called(1)
    write('apis/a.yaml')
    await called(2)
    renameSync(join(directory, 'apis'), join(directory, 'old'))
    mkdirSync(join(directory, 'apis'))
    await called(3)
    write('apis/b.yaml')
    await called(4)
  })

  it('is not woken by other files', async () => {
    start()
    write('notes.txt')
    write('gateway.yaml')
    await called(1)
  })
})
