import { type ChildProcess, fork, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'

/** A workerd that is being measured. */
export interface Subject {
  readonly url: string
  readonly pid: number
  readonly close: () => void
}

const UPSTREAM = join(import.meta.dirname, 'upstream.ts')
const BARE = join(import.meta.dirname, 'workers/bare.js')
const TICKS_PER_SECOND = 100

/** Starts the upstream process; resolves with its origin. */
export async function forkUpstream(): Promise<{ origin: string; close: () => void }> {
  const child = fork(UPSTREAM)
  const port = await new Promise<number>((resolve) => child.once('message', (message) => resolve(Number(message))))
  return { origin: `http://127.0.0.1:${port}`, close: () => child.kill() }
}

/** Starts the bare Worker in a workerd of its own. */
export async function startBare(directory: string, upstreamOrigin: string): Promise<Subject> {
  const port = await freePort()
  const script = readFileSync(BARE, 'utf8').replace('UPSTREAM_ORIGIN', upstreamOrigin)
  writeFileSync(join(directory, 'bare.js'), script)
  writeFileSync(join(directory, 'bare.capnp'), capnpOf(port))
  const child = spawn('workerd', ['serve', join(directory, 'bare.capnp')], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  await untilAnswering(`${url}/pass/1k`, child)
  return { url, pid: child.pid ?? 0, close: () => child.kill() }
}

const capnpOf = (port: number): string => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .bare),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const bare :Workerd.Worker = (
  modules = [(name = "bare.js", esModule = embed "bare.js")],
  compatibilityDate = "2026-10-20",
);
`

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function untilAnswering(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100 && child.exitCode === null; tries++) {
    const isUp = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    )
    if (isUp) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${url} does not answer`)
}

/** User and system CPU time of a process so far, in microseconds (10 ms steps). Linux only. */
export function cpuMicroseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / TICKS_PER_SECOND
}

/** Resident memory of a process in bytes. Linux only. */
export function residentBytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) * 1024
}
