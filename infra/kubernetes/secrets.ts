import { randomInt } from 'node:crypto'
import { type Output, type Resource, secret as asSecret, Stash } from '@pulumi/pulumi'
import type { Secret } from '../system/model.ts'

/** Where the values of generated secrets come from, and stay. The same secret always has the same value. */
export type SecretSource = (wanted: WantedSecret, parent: Resource) => Output<string>

export interface WantedSecret extends Secret {
  readonly component: string
}

/** Secrets that are kept in the stack's state, encrypted. */
export const stashedSecrets: SecretSource = ({ component, name, ...secret }, parent) => {
  // A new value is made up on every run; what counts is the first one, which is the output.
  const options = { parent, ignoreChanges: ['input'], additionalSecretOutputs: ['input', 'output'] }
  const stash = new Stash(`${component}-${name}`, { input: asSecret(generate(secret)) }, options)
  return stash.output.apply(String)
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const CHARACTERS: Readonly<Record<Secret['alphabet'], string>> = {
  alphanumeric: LETTERS,
  hex: '0123456789abcdef',
}

/** A value from the system's random source, each character as likely as any other. */
function generate({ length, alphabet }: Pick<Secret, 'length' | 'alphabet'>): string {
  const characters = CHARACTERS[alphabet]
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join('')
}
