import { InvalidArgumentError, Option } from 'commander'
import { isOwnSecret } from '../config/own-secrets.ts'
import { listNames } from './values.ts'

/**
 * `--allow-env`: names beyond those of the files that configurations published later may use. What is not named here is
 * not handed to the gateway, since whoever may publish can send a value to a host of their own.
 */
export const allowEnvOption = (): Option =>
  new Option(
    '--allow-env <names>',
    'further ${NAME}s that published configurations may use: NAME or PREFIX_*, with commas between them; may be repeated',
  )
    .env('CB_BRIDGE_ALLOW_ENV')
    .default([], 'those of the files alone')
    .argParser(addNames)

function addNames(text: string, earlier: readonly string[]): readonly string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  for (const name of names) {
    const fault = faultOf(name)
    if (fault !== undefined) throw new InvalidArgumentError(fault)
  }
  return [...earlier, ...names]
}

function faultOf(name: string): string | undefined {
  if (/^[*_]*$/.test(name)) return 'That is all of the environment: write NAME or PREFIX_*.'
  if (!/^[A-Za-z_]\w*(?:_\*)?$/.test(name)) return `"${name}" is neither a NAME nor a PREFIX_*.`
  return isOwnSecret(name) ? `${name} opens the gateway itself; nothing may use it.` : undefined
}

/** The names that patterns of `--allow-env` stand for, as far as there are values. */
export function expandNames(
  patterns: readonly string[],
  config: string,
  given: Readonly<Record<string, string>> = {},
): readonly string[] {
  const known = patterns.some(isPrefix) ? listNames(config, given) : []
  return patterns.flatMap((pattern) =>
    isPrefix(pattern) ? known.filter((name) => isUnder(name, pattern)) : [pattern],
  )
}

const isPrefix = (pattern: string): boolean => pattern.endsWith('*')

/** What begins like a variable of our own is handed over by its whole name alone. */
const isUnder = (name: string, pattern: string): boolean =>
  name.startsWith(pattern.slice(0, -1)) && !name.startsWith('CB_BRIDGE_') && !isOwnSecret(name)

/** What the operator should know: a name was allowed and has no value. */
export const remarkOnUnset = (
  patterns: readonly string[],
  values: Readonly<Record<string, string>>,
): readonly string[] =>
  patterns
    .filter((pattern) => !isPrefix(pattern) && !Object.hasOwn(values, pattern))
    .map((name) => `warning: --allow-env ${name}: ${name} has no value`)
