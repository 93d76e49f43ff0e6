import { readFileSync } from 'node:fs'
import { startContainer, type Container } from '../../src/cli/container.ts'
import type { Configuration } from '../contract/host.ts'
import { writeDirectory } from '../hosts/directory.ts'
import { controlUpstream, type Upstream } from '../support/script.ts'
import { startUpstream, type UpstreamServer } from '../support/upstream.ts'

/** A gateway in plain workerd in front of an upstream of its own. */
export interface SlowStage {
  readonly container: Container
  /** Without a slash at the end. */
  readonly url: string
  readonly upstream: Upstream
  readonly server: UpstreamServer
  /** What workerd and the Worker said, in order. */
  readonly said: readonly string[]
  readonly close: () => Promise<void>
}

const system = 'version: 1\nname: slow\ntimeout: 60s\ncache_ttl: 0s\n'
const definitions = `
definitions:
  - name: raw
    endpoint: /raw/*bypass
    timeout: 0s
    output_encoding: no-op
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend: [{url_pattern: "/*bypass", encoding: no-op}]
  - name: formatted
    endpoint: /formatted/{key}
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend: [{url_pattern: "/{key}", group: g}]
  - name: hurried
    endpoint: /hurried/{key}
    timeout: 3s
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend: [{url_pattern: "/{key}", group: g}]
  - name: large
    endpoint: /large/{key}
    max_body: 64MiB
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend: [{url_pattern: "/{key}", group: g}]
  - name: merged
    endpoint: /merged/{key}
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend: [{url_pattern: "/{key}", group: a}, {url_pattern: "/{key}", group: b}]
`

/** The configuration of the slow suites, with one more group on demand. */
export const slowConfiguration = (more = {}): Configuration => ({
  system,
  apis: { 'all.yaml': definitions, ...more },
})

/** Starts both; `v8Flags` go to the JavaScript engine of workerd. */
export async function startSlowStage(v8Flags: readonly string[] = []): Promise<SlowStage> {
  const server = await startUpstream()
  const directory = writeDirectory(slowConfiguration())
  const said: string[] = []
  const keep = (line: string) => void said.push(line)
  const container = await startContainer({
    config: directory.path,
    port: 0,
    values: { UPSTREAM_URL: server.url },
    v8Flags,
    log: keep,
    note: keep,
  })
  return {
    container,
    url: container.url.replace(/\/$/, ''),
    upstream: controlUpstream(server.url),
    server,
    said,
    close: async () => {
      await container.close(200)
      await server.close()
      directory.remove()
    },
  }
}

/** Resident memory of a process (proc(5), VmRSS). */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}
