import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type CloudflareAccount, startCloudflareApi } from '../support/cloudflare-api.ts'
import { runCli, temporaryDirectory, writeConfiguration } from '../cli/cli.ts'

const TOKEN = 'a-bootstrap-token-that-only-this-test-knows'

/** The real wrangler against an account on loopback, with a home of its own for its logs. */
async function deploy(account: CloudflareAccount, config: string, bootstrap?: string) {
  const out = temporaryDirectory()
  const env = {
    ...account.env,
    HOME: temporaryDirectory(),
    ...(bootstrap !== undefined && { CB_BRIDGE_BOOTSTRAP: bootstrap }),
  }
  return { out, ...(await runCli(['deploy', '--config', config, '--out', out], { env })) }
}

const changes = ({ requests }: CloudflareAccount) =>
  requests.filter((request) => !request.startsWith('GET '))

describe('cb-bridge deploy', () => {
  it('uploads what it built, makes what it is bound to and the way to the first admin, once', async () => {
    const account = await startCloudflareApi()
    const config = writeConfiguration('https://api.example.com')
    const first = await deploy(account, config, TOKEN)
    expect(first).toMatchObject({ code: 0 })
    expect(first.stdout).toContain('https://cb-bridge.example.workers.dev')
    const worker = account.scripts.get('cb-bridge')
    for (const file of ['worker.js', 'plan.js']) {
      expect(worker?.modules.get(file)).toBe(readFileSync(join(first.out, file), 'utf8'))
    }
    expect(worker?.metadata).toMatchObject({
      compatibility_flags: expect.arrayContaining(['enable_request_signal']),
      limits: { cpu_ms: 30_000 },
    })
    expect(worker?.metadata.bindings).toEqual(
      expect.arrayContaining(
        ['METRICS', 'LIMITER', 'STORE', 'KEYS'].map((name) =>
          expect.objectContaining({ name, type: 'durable_object_namespace' }),
        ),
      ),
    )
    expect(account.namespaces).toEqual(['cb-bridge-last-good'])
    expect([...account.secrets]).toEqual([['CB_BRIDGE_BOOTSTRAP', TOKEN]])
    expect(first.stdout + first.stderr).not.toContain(TOKEN)

    account.requests.length = 0
    const again = await deploy(account, config, 'another-token-that-would-replace-it')
    expect(again).toMatchObject({ code: 0 })
    expect(account.namespaces).toHaveLength(1)
    expect(account.secrets.get('CB_BRIDGE_BOOTSTRAP')).toBe(TOKEN)
    expect(account.scripts.get('cb-bridge')?.metadata.migrations).toBeUndefined()
  })

  it('says how to become the first admin where nobody would see a token', async () => {
    const account = await startCloudflareApi()
    const { code, stderr } = await deploy(account, writeConfiguration('https://api.example.com'))
    expect(code).toBe(0)
    expect(stderr).toMatch(/npx wrangler secret put CB_BRIDGE_BOOTSTRAP --config \S+/)
    expect(account.secrets.size).toBe(0)
  })

  it('uploads nothing when the configuration cannot run at the edge', async () => {
    const account = await startCloudflareApi()
    const { code, stderr } = await deploy(account, writeConfiguration('http://cb-spider:1024'))
    expect(code).toBe(1)
    expect(stderr).toContain('the edge cannot reach http://cb-spider:1024')
    expect(changes(account)).toEqual([])
  })

  it('ends with 1 and without a stack trace when Cloudflare refuses the token', async () => {
    const account = await startCloudflareApi()
    const env = { ...account.env, CLOUDFLARE_API_TOKEN: 'a-token-of-nobody' }
    const run = await deploy({ ...account, env }, writeConfiguration('https://api.example.com'))
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('wrangler ended with exit code 1')
    expect(run.stdout + run.stderr).not.toMatch(/a-token-of-nobody|\n\s+at /)
    expect(account.scripts.size).toBe(0)
  })
})
