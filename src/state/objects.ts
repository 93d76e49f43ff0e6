import type { CountsShard, Store } from '../ports.ts'
import type { KeyReader } from '../ports/issuer-keys.ts'
import type { LimiterShard } from '../ports/limiter.ts'

/** The Durable Objects by binding, each as the port it implements. */
export interface Objects {
  readonly KEYS: KeyReader
  readonly LIMITER: LimiterShard
  readonly METRICS: CountsShard
  readonly STORE: Store
}

/** Reaches the objects of each binding by name; Durable Object namespaces have this shape. */
export type Namespaces = { readonly [B in keyof Objects]: Namespace<Objects[B]> }

export interface Namespace<T> {
  readonly getByName: (name: string) => T
}

/** The methods that another process may call: all of the port and no other. Arguments and results are JSON data. */
export const METHODS: {
  readonly [B in keyof Objects]: Readonly<Record<keyof Objects[B], true>>
} = {
  KEYS: { read: true },
  LIMITER: { take: true, read: true, reset: true },
  METRICS: { add: true, read: true },
  STORE: { get: true, list: true, commit: true },
}
