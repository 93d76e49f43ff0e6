import { execFile } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Engine } from './engine.ts'
import { reasonOf, telling } from './installing.ts'
import { Refusal } from './report.ts'

const PROGRAM = 'pulumi-resource-kubernetes'

/**
 * Sees to it that the engine has its Kubernetes provider, before anything is changed: one on PATH, else the version of our SDK,
 * where the engine keeps its plugins or put there now.
 *
 * @throws Refusal where there is none and none can be had
 */
export async function demandPlugin(
  { command, environment }: Engine,
  tell: (line: string) => void,
): Promise<void> {
  const version = versionOfSdk()
  const home = process.env['PULUMI_HOME'] || join(homedir(), '.pulumi')
  const kept = join(home, 'plugins', `resource-kubernetes-v${version}`)
  const path = (process.env['PATH'] ?? '').split(delimiter)
  if ([...path, kept].some((directory) => isProgram(join(directory, PROGRAM)))) return
  const args = ['plugin', 'install', 'resource', 'kubernetes', version, '--non-interactive']
  const env = { ...process.env, ...environment }
  const installing = promisify(execFile)(command.command, args, { env })
  try {
    await telling(
      `installing Pulumi's Kubernetes provider ${version} into ${kept}`,
      tell,
      installing,
    )
  } catch (error) {
    throw new Refusal([
      `Pulumi's Kubernetes provider ${version} is not here and cannot be installed (${reasonOf(error)}). ` +
        `Where there is a network, run "pulumi plugin install resource kubernetes ${version}"; ` +
        `then copy ~/.pulumi/plugins/resource-kubernetes-v${version} to ${kept}.`,
    ])
  }
}

/** The version of the package by which the program makes its objects. */
function versionOfSdk(): string {
  const file = fileURLToPath(import.meta.resolve('@pulumi/kubernetes/package.json'))
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
