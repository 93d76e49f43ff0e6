import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'

/** Finds the value of a `${NAME}`, or undefined. */
export type Lookup = (name: string) => string | undefined

/**
 * Where `serve`, `container` and `explain` find values: what the caller hands in, then the process environment, then
 * `.dev.vars` beside the configuration, then `.dev.vars` in the working directory.
 */
export function createLookup(config: string, given: Readonly<Record<string, string>> = {}): Lookup {
  const sources = sourcesOf(config, given)
  return (name) => sources.find((source) => Object.hasOwn(source, name))?.[name]
}

/** Every name that such a lookup finds. */
export const listNames = (
  config: string,
  given: Readonly<Record<string, string>> = {},
): readonly string[] => [...new Set(sourcesOf(config, given).flatMap(Object.keys))]

function sourcesOf(config: string, given: Readonly<Record<string, string>>) {
  const directory = isDirectory(config) ? config : dirname(config)
  return [given, process.env, readVars(directory), readVars('.')]
}

/** Only what is asked for: a gateway learns no other variable of the process it was started from. */
export function pick(names: Iterable<string>, lookup: Lookup): Record<string, string> {
  const picked: Record<string, string> = {}
  for (const name of names) {
    const value = lookup(name)
    if (value !== undefined) picked[name] = value
  }
  return picked
}

/** Secrets that the gateway itself reads, whether or not the configuration names them (see src/worker.ts). */
export const GATEWAY_SECRETS = [
  'METRICS_TOKEN',
  'STATE_TOKEN',
  'STORE_URL',
  'CB_BRIDGE_BOOTSTRAP',
] as const

/** The variables of the `.dev.vars` in a directory; none where there is no such file. */
export function readVars(directory: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(join(directory, '.dev.vars'), 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
