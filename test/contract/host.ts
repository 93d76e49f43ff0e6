import type { RawAnswer, RawConnection, RawRequest } from '../support/raw.ts'

/** A configuration as texts: the system file, and API groups by file name. */
export interface Configuration {
  readonly system: string
  readonly apis: Readonly<Record<string, string>>
}

/** Values of the configuration's `${NAME}`s. */
export type Values = Readonly<Record<string, string>>

/** What a host may be unable to show. */
export type Feature =
  /** Bytes on a TCP connection: odd request targets, forged framing, resets. */
  | 'socket'
  /** The client can not write the source of its own address. */
  | 'unforgeable-address'
  /** The configuration of a running gateway can be replaced. */
  | 'swap'
  /** A client that goes away is noticed. */
  | 'client-abort'

/** One of the places where the gateway runs. */
export interface Host {
  readonly name: string
  /** What the host can not show, each with the reason; the cases in question are skipped. */
  readonly lacks: Partial<Readonly<Record<Feature, string>>>
  /** How the gateway sees the address of the tests. */
  readonly clientAddress: string
  /** Starts a gateway; only one runs at a time on hosts that say so by replacing the one before. */
  readonly start: (configuration: Configuration, values: Values) => Promise<Running>
}

/** A request to the gateway. */
export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>
  readonly signal?: AbortSignal
}

/** A running gateway. */
export interface Running {
  /** Redirects are not followed. */
  readonly fetch: (path: string, ask?: Ask) => Promise<Response>
  readonly webSocket: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Talk>
  /** Absent on hosts that lack `socket`. */
  readonly wire?: Wire
  /** Replaces the configuration and returns when the new one answers, or says why it was refused. */
  readonly swap?: (configuration: Configuration, values: Values) => Promise<Swapped>
  /** What the gateway has written so far, line by line. */
  readonly logs: () => readonly string[]
  readonly close: () => Promise<void>
}

/** The outcome of a swap: the diagnostics when it was refused. */
export type Swapped = { readonly ok: true } | { readonly ok: false; readonly text: string }

/** The gateway's TCP port. */
export interface Wire {
  readonly host: string
  readonly ask: (request: RawRequest) => Promise<RawAnswer>
  readonly send: (bytes: string) => Promise<RawAnswer>
  readonly open: () => Promise<RawConnection>
}

/** A WebSocket connection. */
export interface Talk {
  readonly protocol: string
  readonly send: (data: string | Uint8Array<ArrayBuffer>) => void
  /** The next message that has not been taken yet. */
  readonly next: () => Promise<string | Uint8Array>
  readonly close: (code: number, reason: string) => void
  readonly closed: Promise<number>
}
