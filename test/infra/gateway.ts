import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Container, startContainer } from '../../src/cli/container.ts'
import type { AdminClient } from '../../src/client/client.ts'
import { type Registered, Registry } from '../../infra/wiring/registry.ts'
import { acquireToken, signInAsAdmin } from '../../infra/wiring/token.ts'
import { writeDirectory } from '../hosts/directory.ts'

/**
 * A route that takes everything to CB-Spider, as the shipped one does. The system file has an upstream of that name as well, at an
 * address where nobody listens: whatever the stack does not publish is a 502.
 */
const CONFIGURATION = {
  system: `version: 1
name: in front of a stack
timeout: 30s
snapshots: {check: 1s}
upstreams:
  cb-spider: {targets: [{url: "http://127.0.0.1:9"}]}
`,
  apis: {
    'cb-spider.yaml': `definitions:
  - name: Spider
    endpoint: /spider/*bypass
    timeout: 0s
    output_encoding: no-op
    hosts: [{host: cb-spider}]
    backend: [{url_pattern: /*bypass, encoding: no-op}]
`,
  },
}

/** Upstreams that a stack with CB-Spider registers. */
const NAMES = ['cb-spider', 'cb-spider-s3']

/** The gateway as it runs in a container, plain workerd with its state process, that nobody has used yet. */
export class RealGateway {
  /** Its one-time token. */
  readonly bootstrap = randomBytes(24).toString('hex')
  readonly #directory = writeDirectory(CONFIGURATION)
  readonly #scratch = mkdtempSync(join(tmpdir(), 'cb-bridge-gateway-'))
  readonly #lines: string[] = []
  #state: Container | undefined
  #gateway: Container | undefined
  #token: string | undefined

  async start(): Promise<void> {
    this.#state ??= await this.#run('state', {})
    const stateAddress = `127.0.0.1:${this.#state.port}`
    const port = this.#gateway?.port ?? 0
    this.#gateway = await this.#run('gateway', { stateAddress, port })
  }

  /** Ends the gateway at once; the state process goes on, and `start` brings it back on the same port. */
  async kill(): Promise<void> {
    if (this.#gateway === undefined) return
    process.kill(this.#gateway.pid, 'SIGKILL')
    await this.#gateway.ended
  }

  async stop(): Promise<void> {
    await this.#gateway?.close(200)
    await this.#state?.close(200)
    rmSync(this.#scratch, { recursive: true, force: true })
    this.#directory.remove()
  }

  /** Without a slash at its end. */
  get url(): string {
    if (this.#gateway === undefined) throw new Error('the gateway was not started')
    return this.#gateway.url.replace(/\/$/, '')
  }

  /** A token of the role `wiring` for somebody else than the stack, by the name of `eve`. */
  async token(): Promise<string> {
    const { url, bootstrap } = this
    this.#token ??= (await acquireToken(url, { bootstrap, name: 'eve' })).token
    return this.#token
  }

  /** Names of all tokens that live. */
  async tokens(): Promise<readonly string[]> {
    const { items } = await this.#listTokens()
    return items.map(({ name }) => name).toSorted()
  }

  /** Ends the token of `token()`, which makes another one when it is asked again. */
  async endToken(): Promise<void> {
    this.#token = undefined
    const client = await this.#admin()
    const { items } = await this.#listTokens()
    for (const { id, name } of items) if (name === 'eve') await client.removeToken(id)
  }

  async registry(): Promise<Registry> {
    return new Registry({ url: this.url, token: await this.token() })
  }

  /** Those that are registered. */
  async upstreams(): Promise<readonly Registered[]> {
    const registry = await this.registry()
    const found = await Promise.all(NAMES.map((name) => registry.find(name)))
    return found.flatMap((live) => live ?? [])
  }

  /** Changes settings of an upstream by hand, as `eve` on behalf of its owner. */
  async change(name: string, change: object): Promise<void> {
    const { registry, settings, ...seen } = await this.#see(name)
    await registry.put(name, { ...settings, ...change }, seen)
  }

  /** Removes an upstream by hand. */
  async remove(name: string): Promise<void> {
    const { registry, owner, ifMatch } = await this.#see(name)
    await registry.remove(name, { owner, ifMatch })
  }

  async #see(name: string) {
    const registry = await this.registry()
    const live = await registry.find(name)
    if (live === undefined) throw new Error(`There is no upstream ${name}.`)
    return { registry, settings: live.settings, owner: live.owner, ifMatch: live.etag }
  }

  #admin(): Promise<AdminClient> {
    return signInAsAdmin(this.url, this.bootstrap)
  }

  async #listTokens() {
    const listed = await (await this.#admin()).listTokens()
    if (!listed.ok) throw new Error(listed.error.detail)
    return listed.value.body
  }

  #run(role: 'gateway' | 'state', more: object): Promise<Container> {
    const keep = (line: string) => void this.#lines.push(line)
    return startContainer({
      config: this.#directory.path,
      port: 0,
      role,
      state: join(this.#scratch, role),
      values: { STATE_TOKEN: 'state-token-of-the-tests', CB_BRIDGE_BOOTSTRAP: this.bootstrap },
      log: keep,
      note: keep,
      ...more,
    })
  }
}
