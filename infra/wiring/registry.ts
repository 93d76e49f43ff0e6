import type { AdminClient } from '../../src/client/client.ts'
import type { Drain, RemoteUpstream, UpstreamSettings } from '../../src/client/types.ts'
import { type Access, demand, orNothing, patientClient, type Patience } from './gateway.ts'

/** An upstream as the gateway has it. */
export interface Registered {
  readonly name: string
  readonly owner: string
  /** What a change is compared with. */
  readonly etag: string
  /** Who has changed it last. Absent where an older gateway does not tell. */
  readonly by?: string
  /** The last change of its settings, credentials included. Absent likewise. */
  readonly written?: NonNullable<RemoteUpstream['written']>
  readonly drain: Drain
  /** The keys of `upstreams:` in YAML, defaults filled in. */
  readonly settings: UpstreamSettings
}

/** Who asks, and the entity tag that they saw; `null`: it must not be there. */
export interface Seen {
  readonly owner: string
  readonly ifMatch: string | null
}

/** The upstreams of a gateway, by compare-and-swap: each change names the state that it is made on. */
export class Registry {
  readonly url: string
  readonly #client: AdminClient

  constructor(access: Access, patience: Patience = {}) {
    this.url = access.url
    this.#client = patientClient(access, patience)
  }

  async find(name: string): Promise<Registered | undefined> {
    const asked = orNothing(this.#client.getUpstream(name), [404])
    const found = await demand(this.url, `reading "${name}"`, asked)
    return found && registered(found.body, found.etag ?? '')
  }

  /** Registers or changes an upstream and ends its drain; resolves with its new entity tag. */
  async put(name: string, settings: UpstreamSettings, seen: Seen): Promise<string> {
    const asked = this.#client.putUpstream(name, settings, seen)
    const { etag = '' } = await demand(this.url, `publishing "${name}"`, asked)
    return etag
  }

  /** Ends new requests; those in flight may take `timeoutMs`. */
  async drain(name: string, seen: Seen, timeoutMs: number): Promise<void> {
    const timeout = `${Math.ceil(timeoutMs)}ms`
    const asked = this.#client.drainUpstream(name, { ...seen, timeout })
    await demand(this.url, `draining "${name}"`, asked)
  }

  /** Removes an upstream. Routes that need it answer 503 until it comes back: whoever runs it takes it away. */
  async remove(name: string, seen: Seen): Promise<void> {
    const asked = this.#client.removeUpstream(name, { ...seen, closed: true })
    await demand(this.url, `removing "${name}"`, asked)
  }
}

type Shown = RemoteUpstream & { readonly drain?: Drain }

function registered(shown: Shown, etag: string): Registered {
  const { name, owner, by, written, drain = OPEN, ...rest } = shown
  const { revision: _, draining_since: __, ...settings } = rest
  const marks = { ...(by !== undefined && { by }), ...(written !== undefined && { written }) }
  return { name, owner, etag, ...marks, drain, settings }
}

const OPEN: Drain = { state: 'open', inFlight: 0, unconfirmed: 0 }
