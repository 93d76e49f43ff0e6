import type { Store } from '../ports.ts'

/** That the store did not do what it was asked for: unreachable, broken, or slower than anybody waits. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault'
}

/** A store whose failures can be told from bugs. */
export const withStoreFaults = (store: Store): Store => ({
  get: (keys) => attempt(store.get(keys)),
  list: (query) => attempt(store.list(query)),
  commit: (change) => attempt(store.commit(change)),
})

async function attempt<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new StoreFault(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
