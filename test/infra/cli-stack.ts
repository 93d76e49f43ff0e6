import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Report } from '../../infra/operate/report.ts'
import { type Running, startCli } from '../cli/cli.ts'
import { kubectl, type LiveObject } from './stack.ts'

/** What a run of `cb-bridge --json` came to. */
export interface Ran {
  readonly code: number | null
  readonly report: Report
  /** Every line that it printed, the report included. */
  readonly lines: readonly Readonly<Record<string, unknown>>[]
  readonly text: string
}

/** Waits for the end of a run and reads what it printed. */
export async function ranOf({ exited, stdout, stderr }: Running): Promise<Ran> {
  const code = await exited
  const text = stdout()
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
  const report = lines.at(-1) as unknown as Report | undefined
  if (report?.result === undefined) throw new Error(`no result: ${text}\n${stderr()}`)
  return { code, report, lines, text: text + stderr() }
}

/** A stack as its user handles it, on the command line, in a namespace of a random name and with a state of its own. */
export class CliStack {
  readonly name = `cli-${randomBytes(4).toString('hex')}`
  readonly namespace = this.name
  readonly directory = mkdtempSync(join(tmpdir(), 'cb-bridge-cli-'))
  /** Variables beside those of the cluster. */
  readonly env: Record<string, string> = { PULUMI_CONFIG_PASSPHRASE: 'test' }

  /** Starts a verb; `settings` are given as `--set`. */
  start(verb: string, settings: Readonly<Record<string, string>>, ...more: string[]): Running {
    const context = kubectl(['config', 'current-context']).trim()
    const all = { namespace: this.namespace, ...settings }
    const set = Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`])
    const place = ['--stack', this.name, '--state', `file://${this.directory}/state`]
    const { KUBECONFIG = '', PULUMI_HOME = '' } = process.env
    const env = { KUBECONFIG, PULUMI_HOME, ...this.env }
    return startCli([verb, ...place, '--context', context, ...set, '--json', ...more], { env })
  }

  run(
    verb: string,
    settings: Readonly<Record<string, string>> = {},
    ...more: string[]
  ): Promise<Ran> {
    return ranOf(this.start(verb, settings, ...more))
  }

  /** Where the engine keeps the state. */
  get checkpoint(): string {
    return join(this.directory, 'state', '.pulumi', 'stacks', 'cb-bridge', `${this.name}.json`)
  }

  /** Objects of the stack. */
  objects(kinds: string): readonly LiveObject[] {
    const args = ['get', kinds, '-n', this.namespace, '-l', `cb-bridge/stack=${this.name}`]
    return (JSON.parse(kubectl([...args, '-o', 'json'])) as { items: LiveObject[] }).items
  }

  remove(): void {
    kubectl(['delete', 'namespace', this.namespace, '--ignore-not-found', '--wait=false'])
    rmSync(this.directory, { recursive: true, force: true })
  }
}
