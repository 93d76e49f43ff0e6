import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const PROVIDER = fileURLToPath(new URL('../bin/pulumi-resource-cb-bridge', import.meta.url))

/** Whether a process lives; one that nobody asks about any more does not. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test(
  'the provider ends when the engine that started it is killed',
  { timeout: 30_000 },
  async () => {
    // A shell plays the engine: it starts the provider, and tells its number.
    const script = '"$0" 127.0.0.1:9 & echo "pid $!"; wait'
    const engine = spawn('/bin/sh', ['-c', script, PROVIDER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: engine.stdout })[Symbol.asyncIterator]()
    const next = async () => (await lines.next()).value as string
    const pid = Number((await next()).replace('pid ', ''))
    // It serves: the engine reads its port from the first line.
    expect(await next()).toMatch(/^\d+$/)
    expect(lives(pid)).toBe(true)
    engine.kill('SIGKILL')
    await once(engine, 'exit')
    const end = performance.now() + 10_000
    while (lives(pid) && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(lives(pid)).toBe(false)
  },
)
