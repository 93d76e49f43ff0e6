/* oxlint-disable typescript/consistent-type-imports -- an import statement would make this file a module */
/** Bindings that every host supplies (wrangler.toml is their list); anything else is looked up by name. */
declare namespace Cloudflare {
  interface Env {
    readonly KEYS: DurableObjectNamespace<import('./objects/keys/object.ts').Keys>
    readonly LIMITER: DurableObjectNamespace<import('./objects/limiter/object.ts').Limiter>
    readonly METRICS: DurableObjectNamespace<import('./objects/metrics/object.ts').Metrics>
    readonly STORE: DurableObjectNamespace<import('./objects/store/object.ts').Store>
  }
}

/** The compiled configuration, a module of the bundle made by `cb-bridge build`. */
declare module '#plan' {
  /** JSON of a `Plan`. */
  const plan: string
  export default plan
  /** JSON of the files it was made of, see `planModule`. */
  export const documents: string
}

/** What the Worker uses of Node: the one thing that WebCrypto has not. */
declare module 'node:crypto' {
  export function scryptSync(
    password: string,
    salt: Uint8Array,
    length: number,
    options: {
      readonly N: number
      readonly r: number
      readonly p: number
      readonly maxmem: number
    },
  ): Uint8Array
}
