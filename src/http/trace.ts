/** The position of a request in a distributed trace: W3C Trace Context level 1, and B3. */
export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string
  /** Span of the caller, 16 hex digits, or undefined at the start of a trace. */
  readonly parentId?: string
  readonly isSampled: boolean
  /** `tracestate`, passed on untouched. */
  readonly state?: string
}
