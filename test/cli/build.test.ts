import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { bypass, runCli, temporaryDirectory, writeConfiguration } from './cli.ts'

const read = (directory: string, file: string) => readFileSync(join(directory, file), 'utf8')

async function build(config: string, env: Readonly<Record<string, string>> = {}) {
  const out = temporaryDirectory()
  const result = await runCli(['build', '--config', config, '--out', out, '--json'], { env })
  return { ...result, out }
}

/** The plan that a Worker of this directory would parse. */
async function planIn(out: string): Promise<unknown> {
  const module = (await import(pathToFileURL(join(out, 'plan.js')).href)) as { default: string }
  return JSON.parse(module.default)
}

describe('cb-bridge build', () => {
  it('makes the same bytes of the same configuration, whatever the environment', async () => {
    const config = writeConfiguration('${UPSTREAM_URL}')
    const one = await build(config)
    const other = await build(config, { UPSTREAM_URL: 'http://secret.example.com' })
    expect(readdirSync(one.out).toSorted()).toEqual([
      'modules',
      'plan.js',
      'worker.js',
      'wrangler.json',
    ])
    const files = readdirSync(one.out, { recursive: true }).map(String)
    for (const file of files.filter((name) => /\.\w+$/.test(name))) {
      expect(read(other.out, file)).toBe(read(one.out, file))
    }
  })

  it('writes the plan as a module of data in which references are still names', async () => {
    const { out, stdout } = await build(writeConfiguration('${UPSTREAM_URL}'))
    const plan = (await planIn(out)) as { version: string }
    expect(plan.version).toBe((JSON.parse(stdout) as { version: string }).version)
    expect(JSON.stringify(plan)).toContain('${UPSTREAM_URL}')
  })

  it('survives quotes, backslashes and line separators in a configuration', async () => {
    const config = writeConfiguration('http://a.example.com', {
      'gateway.yaml': 'version: 1\nname: "it\'s \\"\\\\n\\u2028\\u2029"\n',
    })
    const { out, code } = await build(config)
    expect(code).toBe(0)
    const plan = (await planIn(out)) as { site: { name: string } }
    expect(plan.site.name).toContain('it\'s "\\n\u2028\u2029')
  })

  it('derives the configuration of wrangler from wrangler.toml, and bundles nothing twice', async () => {
    const { out } = await build(writeConfiguration('http://a.example.com'))
    expect(JSON.parse(read(out, 'wrangler.json'))).toMatchObject({
      name: 'cb-bridge',
      main: 'worker.js',
      no_bundle: true,
      rules: [{ type: 'ESModule', globs: expect.arrayContaining(['plan.js']) }],
      compatibility_flags: expect.arrayContaining(['enable_request_signal']),
      limits: { cpu_ms: expect.any(Number) },
      durable_objects: {
        bindings: expect.arrayContaining([{ name: 'METRICS', class_name: 'Metrics' }]),
      },
      migrations: expect.arrayContaining([{ tag: 'v1', new_sqlite_classes: ['Metrics'] }]),
      vars: { CLIENT_ADDRESS: 'cf' },
    })
  })

  it('keeps what is loaded before the first request below its ceiling of 150 kB', async () => {
    const { stdout } = await build(writeConfiguration('http://a.example.com'))
    const { modules } = JSON.parse(stdout) as {
      modules: { file: string; gzip: number; isLazy: boolean }[]
    }
    const early = modules.filter(({ file, isLazy }) => !isLazy && file !== 'plan.js')
    expect(early.map(({ file }) => file)).toContain('worker.js')
    expect(early.reduce((sum, { gzip }) => sum + gzip, 0)).toBeLessThan(150_000)
  })

  it('prints all diagnostics and writes nothing when the configuration is not valid', async () => {
    const config = writeConfiguration('http://a.example.com', {
      'apis/b.yaml': bypass('ftp://a b', '/b'),
    })
    const { out, code, stderr } = await build(config)
    expect(code).toBe(1)
    expect(stderr).toMatch(/apis\/b\.yaml:\d+:\d+: error: /)
    expect(readdirSync(out)).toEqual([])
  })
})
