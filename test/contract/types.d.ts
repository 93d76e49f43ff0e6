import 'vitest'

declare module 'vitest' {
  /** Given to the tests of all hosts by `test/hosts/setup.ts`. */
  interface ProvidedContext {
    readonly upstreams: { readonly first: string; readonly second: string }
  }
}
