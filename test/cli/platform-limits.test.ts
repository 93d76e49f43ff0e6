import { expect, inject, test } from 'vitest'
import { bundleWorker, planModule } from '../../src/cli/bundle.ts'
import { startEmulator } from '../../src/cli/emulator.ts'
import { readWrangler } from '../../src/cli/wrangler.ts'
import { planOf } from '../../src/plan/yaml.fixture.ts'

test('the emulator has the rate limiters of wrangler.toml, and approximate rules use them', async () => {
  const wrangler = readWrangler()
  const limiter = {
    name: 'PER_MINUTE',
    namespace_id: '1',
    simple: { limit: 3, period: 60 as const },
  }
  const plan = await planOf(`
- name: approximate
  endpoint: /approximate
  hosts: [{host: "${inject('upstreams').first}"}]
  middleware: {mw-ratelimit: {max_rate: 1000, mode: approximate, binding: PER_MINUTE}}
  backend: [{url_pattern: /approximate}]`)
  const emulator = await startEmulator({
    modules: { ...(await bundleWorker()), 'plan.js': planModule(plan) },
    wrangler: { ...wrangler, ratelimits: [limiter] },
    texts: {},
    externals: [],
    host: '127.0.0.1',
    port: 0,
    write: () => {},
    onRestart: () => Promise.resolve(),
  })
  try {
    const url = new URL('approximate', emulator.url)
    const statuses: number[] = []
    for (let i = 0; i < 5; i++) statuses.push((await fetch(url)).status)
    expect(statuses).toEqual([200, 200, 200, 503, 503])
  } finally {
    await emulator.dispose()
  }
})
