import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A real etcd on a free port, with its data in a temporary directory. */
export interface Etcd {
  readonly url: string
  /** Ends it with SIGKILL. */
  readonly kill: () => Promise<void>
  /** Starts it again on the same port and data. */
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** The program: `ETCD`, else on `PATH`, else where the test cluster keeps its programs. */
export function findEtcd(): string | undefined {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const home = process.env['CLUSTER_HOME'] ?? join(cache, 'test-cluster')
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(home, 'bin')]
  const named = process.env['ETCD']
  return [
    ...(named === undefined ? [] : [named]),
    ...folders.map((folder) => join(folder, 'etcd')),
  ].find((path) => existsSync(path))
}

/** Starts etcd and waits until it answers. */
export async function startEtcd(program: string): Promise<Etcd> {
  const directory = mkdtempSync(join(tmpdir(), 'cb-bridge-etcd-'))
  const [client, peer] = [
    `http://127.0.0.1:${await freePort()}`,
    `http://127.0.0.1:${await freePort()}`,
  ]
  const args = Object.entries({
    'data-dir': directory,
    'log-level': 'error',
    'unsafe-no-fsync': 'true',
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
  }).map(([name, value]) => `--${name}=${value}`)
  let child: ChildProcess | undefined
  const start = async () => {
    child = spawn(program, args, { stdio: 'ignore' })
    await untilHealthy(client)
  }
  const kill = async () => {
    const ended = new Promise((resolve) => child?.once('exit', resolve))
    child?.kill('SIGKILL')
    await ended
  }
  await start()
  return {
    url: client,
    start,
    kill,
    stop: async () => {
      await kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function untilHealthy(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await fetch(`${url}/health`).catch(() => undefined)
    const text = (await answer?.text()) ?? ''
    if (text.includes('"health":"true"')) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('etcd did not become healthy')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
