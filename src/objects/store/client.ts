import type { Store } from '../../ports.ts'

/** Store objects by name; a Durable Object namespace has this shape. */
export interface StoreObjects {
  readonly getByName: (name: string) => Store
}

/** The store in one object. It is looked up for each call: outside of requests there are no objects. */
export const createObjectStore = (objects: StoreObjects, name: string): Store => ({
  get: async (keys) => objects.getByName(name).get(keys),
  list: async (query) => objects.getByName(name).list(query),
  commit: async (change) => objects.getByName(name).commit(change),
})
