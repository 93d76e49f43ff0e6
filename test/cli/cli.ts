import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** The command line of the checkout. */
export const CLI = [process.execPath, join(ROOT, 'src/cli/bin.mjs')] as const

/** How to run a command. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Default: this Node with the CLI of the checkout. */
  readonly command?: readonly [string, ...string[]]
  readonly uid?: number
  /** Written to stdin, which is closed otherwise. */
  readonly input?: string
}

/** A process of the real command line. */
export interface Running {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  readonly exited: Promise<number | null>
}

/** Starts the CLI; it is killed when the test ends, if it still runs then. */
export function startCli(args: readonly string[], options: RunOptions = {}): Running {
  const [command, ...first] = options.command ?? CLI
  const child = spawn(command, [...first, ...args], {
    cwd: options.cwd ?? ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  })
  child.stdin?.end(options.input)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, stdout: () => stdout, stderr: () => stderr, exited }
}

/** Runs the CLI to its end. */
export async function runCli(args: readonly string[], options: RunOptions = {}) {
  const { exited, stdout, stderr } = startCli(args, options)
  const code = await exited
  return { code, stdout: stdout(), stderr: stderr() }
}

/** Waits until a gateway says where it listens, and returns the address (with a slash). */
export async function addressOf({ child, stdout, stderr, exited }: Running): Promise<string> {
  const listening = new Promise<string>((resolve) => {
    const look = () => {
      const url = /listening on (\S+)/.exec(stdout())?.[1]
      if (url !== undefined) resolve(url)
    }
    child.stdout?.on('data', look)
    look()
  })
  const ended = exited.then((code) => {
    throw new Error(`ended with ${code}\n${stdout()}${stderr()}`)
  })
  return Promise.race([listening, ended])
}

/** A directory that is removed when the test ends. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'cb-cli-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Writes files below a directory, making what is missing. */
export function writeFiles(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
}

/** A configuration with one bypass route, `/up/*`, to an upstream whose address is `url`. */
export function writeConfiguration(url: string, extra: Readonly<Record<string, string>> = {}) {
  const directory = temporaryDirectory()
  writeFiles(directory, { 'gateway.yaml': SYSTEM, 'apis/up.yaml': bypass(url), ...extra })
  return directory
}

export const SYSTEM = 'version: 1\nname: under test\ntimeout: 10s\nmetrics: {public: true}\n'

/** An API group with the bypass route. */
export const bypass = (url: string, prefix = '/up'): string => `definitions:
  - name: pass
    endpoint: ${prefix}/*bypass
    timeout: 0s
    hosts: [{host: "${url}"}]
    backend: [{url_pattern: /*bypass}]
`

/** A server on a free port that is closed when the test ends. */
export async function startServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Children of a process and theirs, by name. */
export function descendants(pid: number | undefined): readonly Descendant[] {
  const all = execFileSync('ps', ['-eo', 'pid=,ppid=,comm=']).toString().trim().split('\n')
  const rows = all.map((line) => line.trim().split(/\s+/))
  const below = (parent: number): readonly Descendant[] =>
    rows
      .filter(([, ppid]) => Number(ppid) === parent)
      .flatMap(([id, , name = '']) => [{ pid: Number(id), name }, ...below(Number(id))])
  return below(pid ?? -1)
}

interface Descendant {
  readonly pid: number
  readonly name: string
}

/** The workerd below a process. */
export function workerdOf({ child }: Running): number {
  const pid = descendants(child.pid).find(({ name }) => name.startsWith('workerd'))?.pid
  if (pid === undefined) throw new Error('there is no workerd')
  return pid
}

/** Begins a command that runs on a machine without a network; undefined where this machine does not let us make one. */
export const withoutNetwork: readonly [string, ...string[]] | undefined = (() => {
  const command = ['unshare', '-rn', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'] as const
  try {
    execFileSync(command[0], [...command.slice(1), 'true'], { stdio: 'ignore' })
    return command
  } catch {
    return undefined
  }
})()

/** Whether a process lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
