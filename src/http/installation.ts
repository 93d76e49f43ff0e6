import type { Context } from 'hono'
import type { Result } from '../lib/result.ts'
import type { Ports } from '../ports.ts'
import type { GatewayEnv } from './context.ts'
import type { Failure } from './failure.ts'
import type { Judge } from './judge.ts'

/** Where a plug-in stands and how it reaches the world. */
interface Position {
  readonly ports: Ports
  /** Name of the endpoint; empty for a policy of the whole gateway. */
  readonly endpoint: string
}

/** Where a policy stands and what it may use there. */
export interface Installation extends Position {
  readonly bufferBody: BufferBody
  /** The judges that this policy combines, by key. */
  readonly judges: ReadonlyMap<string, Judge>
}

/** Where a transport stands. */
export interface BackendInstallation extends Position {
  /** Index of the backend in its endpoint. */
  readonly backend: number
}

/**
 * The body of a request in memory, read once however many ask for it; null when there is none. Fails when it is larger
 * than `limitBytes`, or when memory is short.
 */
export type BufferBody = (
  c: Context<GatewayEnv>,
  limitBytes: number,
) => Promise<Result<ArrayBuffer | null, Failure>>
