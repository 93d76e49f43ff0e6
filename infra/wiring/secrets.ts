import { secret as asSecret } from '@pulumi/pulumi'
import type { Labels } from '../kubernetes/cluster.ts'
import type { SecretSource } from '../kubernetes/secrets.ts'
import { GeneratedSecret } from './resources.ts'

/** What the cluster holds already, by Secret and key, and the names of what is to be made anew, e.g. `cb-spider.api-password`. */
export interface KnownSecrets {
  readonly existing: Readonly<Record<string, Labels>>
  readonly rotate: readonly string[]
}

/** Secrets that our provider makes, once; the stack keeps them encrypted, and the cluster brings them back if it is lost. */
export const generatedSecrets =
  ({ existing, rotate }: KnownSecrets): SecretSource =>
  ({ component, name, length, alphabet, rotation }, parent) => {
    const value = existing[component]?.[name]
    const args = {
      length,
      alphabet,
      ...(value === undefined ? {} : { existing: asSecret(value) }),
      ...(rotate.includes(`${component}.${name}`) ? { rotate: true } : {}),
      ...(rotation === undefined ? {} : { fixed: rotation }),
    }
    return new GeneratedSecret(`${component}-${name}`, args, { parent }).value
  }
