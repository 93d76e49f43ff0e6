import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Container, startContainer } from '../../src/cli/container.ts'
import { Registry } from '../../infra/wiring/registry.ts'
import { acquireToken } from '../../infra/wiring/token.ts'
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

  /** A token of the role `wiring` for somebody else than the stack. */
  async token(): Promise<string> {
    const { url, bootstrap } = this
    this.#token ??= (await acquireToken(url, { bootstrap, name: 'test' })).token
    return this.#token
  }

  async registry(): Promise<Registry> {
    return new Registry({ url: this.url, token: await this.token() })
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
