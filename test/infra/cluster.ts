import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A cluster for tests and what reaches it, or why there is none. */
export type TestCluster =
  | {
      readonly kind: 'there'
      readonly environment: Readonly<Record<string, string>>
      /** The tool and the name of a cluster whose parts may be stopped; absent for one of a user. */
      readonly ours?: { readonly tool: string; readonly name: string }
    }
  | { readonly kind: 'none'; readonly reason: string }

/** The tool that makes test clusters, where there is one. */
export const TOOL =
  process.env['CLUSTER_TOOL'] ??
  fileURLToPath(new URL('../../../shared/tools/cluster', import.meta.url))

/** A cluster and how it is given back. */
export interface Found {
  readonly cluster: TestCluster
  readonly stop: () => void
}

const nothing = () => undefined

/** No cluster, and why. */
export const none = (reason: string): Found => ({
  cluster: { kind: 'none', reason },
  stop: nothing,
})

/** Finds a cluster: the one that `TEST_KUBECONFIG` names, else one that is started under this name. */
export function findCluster(name: string): Found {
  const kubeconfig = process.env['TEST_KUBECONFIG']
  if (kubeconfig !== undefined) return given(kubeconfig)
  return existsSync(TOOL) ? startCluster(name) : none('TEST_KUBECONFIG names no kubeconfig.')
}

/** Starts a cluster with options of the tool, where this machine can run it. */
export function startCluster(name: string, ...options: readonly string[]): Found {
  if (!existsSync(TOOL)) return none('The tool that makes test clusters is not here.')
  const check = spawnSync(TOOL, ['check', ...options], { encoding: 'utf8' })
  if (check.status !== 0) return none(check.stderr.trim())
  execFileSync(TOOL, ['up', name, ...options], { stdio: ['ignore', 'ignore', 'inherit'] })
  const printed = execFileSync(TOOL, ['env', name, '--json'], { encoding: 'utf8' })
  const environment = JSON.parse(printed) as Record<string, string>
  return {
    cluster: { kind: 'there', environment, ours: { tool: TOOL, name } },
    stop: () => void spawnSync(TOOL, ['down', name]),
  }
}

/** A cluster of the user's, with the user's own `pulumi`, but a state of the tests' own. */
function given(kubeconfig: string): Found {
  for (const program of ['pulumi', 'kubectl']) {
    if (spawnSync(program, ['version']).error !== undefined) return none(`no ${program} on PATH`)
  }
  const directory = mkdtempSync(join(tmpdir(), 'cb-bridge-state-'))
  const state = join(directory, 'state')
  mkdirSync(state)
  const environment = {
    PATH: process.env['PATH'] ?? '',
    KUBECONFIG: kubeconfig,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: 'test',
  }
  const stop = () => rmSync(directory, { recursive: true, force: true })
  return { cluster: { kind: 'there', environment }, stop }
}
