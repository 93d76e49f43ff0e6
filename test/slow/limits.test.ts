import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startContainer, type Container } from '../../src/cli/container.ts'
import { writeDirectory } from '../hosts/directory.ts'
import { startUpstream, type UpstreamServer } from '../support/upstream.ts'
import { limiterFiles, limiterRows } from './limiter-objects.ts'

const SHARDS = 16
const KEYS = 10_000
const AT_ONCE = 50

const configuration = {
  system: 'version: 1\nname: limits\nlog: {format: off}\n',
  apis: {
    'limits.yaml': `
definitions:
  - name: keyed
    endpoint: /keyed
    hosts: [{host: "\${UPSTREAM_URL}"}]
    middleware:
      mw-ratelimit:
        budget: 30s
        on_error: closed
        shards: ${SHARDS}
        rules: [{name: keyed, keys: [{header: X-Client}], rate: 1}]
    backend: [{url_pattern: /keyed}]
`,
  },
}

let server: UpstreamServer
let container: Container
const directory = writeDirectory(configuration)
const state = mkdtempSync(join(tmpdir(), 'cb-bridge-limits-'))

beforeAll(async () => {
  server = await startUpstream()
  const quiet = () => {}
  const values = { UPSTREAM_URL: server.url }
  container = await startContainer({
    config: directory.path,
    port: 0,
    state,
    values,
    log: quiet,
    note: quiet,
  })
})
afterAll(async () => {
  await container.close(200)
  await server.close()
  directory.remove()
  rmSync(state, { recursive: true, force: true })
})

test('random clients leave no more files than a rule has objects, and no rows', async () => {
  for (let asked = 0; asked < KEYS; asked += AT_ONCE) {
    const statuses = await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        const answer = await fetch(`${container.url}keyed`, {
          headers: { 'x-client': crypto.randomUUID() },
        })
        await answer.body?.cancel()
        return answer.status
      }),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
  }
  expect(limiterFiles(state)).toHaveLength(SHARDS)
  await vi.waitFor(() => expect(limiterRows(state)).toBe(0), {
    timeout: 120_000,
    interval: 2000,
  })
  expect(limiterFiles(state)).toHaveLength(SHARDS)
}, 300_000)
