import type { Archive } from '../../src/snapshots/archive.ts'
import { remoteObjects } from '../../src/state/remote.ts'
import { createObjectStore } from '../../src/objects/store/client.ts'
import { openStore, PREFIX } from '../../src/store/open.ts'
import { createIsolate, type Isolate } from '../support/archive.ts'
import { STATE_TOKEN } from './shared-state.ts'

/** Publishes into the store of a state process from here, as one more isolate. */
export function createPublisher(stateUrl: string, options: Partial<Archive>): Promise<Isolate> {
  const link = {
    token: STATE_TOKEN,
    fetch: (url: string, init: RequestInit) => fetch(url.replace('http://state/', stateUrl), init),
  }
  const store = openStore(createObjectStore(remoteObjects(link).STORE, 'store'), PREFIX)
  return createIsolate({ store, now: Date.now, ...options })
}
