import type * as z from 'zod'
import type { Exchange } from '../http/context.ts'
import type { Result } from '../lib/result.ts'
import type { Identity } from './accounts/identity.ts'
import type { Note } from './accounts/users.ts'
import type { AdminHost } from './host.ts'
import type { Precondition } from './precondition.ts'
import type { AuditNote, Refusal } from './refusal.ts'
import type { Role } from './roles.ts'

/** `public`: no credentials. `bootstrap`: the bootstrap token. Otherwise a session or token of one of the roles. */
export type Access = 'public' | 'bootstrap' | readonly Role[]

/** One operation of the Admin API: the handler, and all that the OpenAPI document says about it. */
export interface Operation<Q extends z.ZodObject = z.ZodObject, B extends z.ZodType = z.ZodType> {
  /** `operationId`. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/__admin/api`, with `{parameters}`. `{file}` may hold one slash, encoded or not. */
  readonly path: string
  readonly summary: string
  readonly access: Access
  readonly query?: Q
  readonly body?: Body<B>
  /** A POST that changes nothing: not for the audit. */
  readonly isHarmless?: true
  /** Its effect is not in the store, so that no commit holds both: the audit tells first what is about to be done. */
  readonly actsElsewhere?: true
  /** `revision`: a change that needs `If-Match` or `If-None-Match: *` (428 without). */
  readonly needs?: 'revision'
  readonly answers: Readonly<Record<number, Answer>>
  /** Refusals beyond those that follow from the rest (400, 401, 403, 412, 413, 415, 428, 503). */
  readonly refuses?: readonly number[]
  // A method, so that operations of different bodies fit into one table.
  handle(call: Call<z.output<Q>, z.output<B>>): Promise<Outcome>
}

/** A request body: JSON, YAML (a text that is handed over as it came), or whichever the content type says. */
export interface Body<B extends z.ZodType = z.ZodType> {
  readonly types: readonly ('application/json' | 'application/yaml')[]
  readonly schema: B
  readonly limitBytes: number
}

/** An answer as the OpenAPI document tells it; without a schema it has no body. */
export interface Answer {
  readonly description: string
  readonly schema?: z.ZodType
  readonly type?: 'application/json' | 'application/yaml'
  /** Whether it carries an `ETag`. */
  readonly hasRevision?: true
}

/** A request to an operation, checked. */
export interface Call<Q = unknown, B = unknown> {
  readonly host: AdminHost
  readonly exchange: Exchange
  /** Decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Q
  readonly body: B
  /** Of public operations: nobody in particular. */
  readonly identity: Identity
  readonly precondition: Precondition
  /** For the audit, in the same commit as the change. */
  readonly note: Note
  /** The same for somebody who was nobody when the call began. */
  readonly noteAs: (who: string) => Note
}

/** What an operation answers when it did what it was asked for. */
export interface Reply {
  readonly status: number
  /** JSON. */
  readonly body?: unknown
  /** YAML, instead of JSON. */
  readonly text?: string
  readonly audit?: AuditNote
  /** Becomes the `ETag`. */
  readonly revision?: string | number
  readonly headers?: Readonly<Record<string, string>>
}

export type Outcome = Result<Reply, Refusal>

/** Lets TypeScript infer what a handler gets from the operation's schemas. */
export const operation = <Q extends z.ZodObject, B extends z.ZodType>(
  spec: Operation<Q, B>,
): Operation => spec
