import { err, ok, type Result } from '../lib/result.ts'
import type { Reservation } from './budget.ts'

/** Why a body could not be buffered: over its own limit, or the isolate's memory is in use. */
export type BodyRefusal = 'too-large' | 'busy'

/** How much may be buffered, and the memory it counts against. */
export interface BodyLimits {
  /** Bytes after decoding of `Content-Encoding`. */
  readonly bytes: number
  readonly held: Reservation
}

/** From here on a body is kept as bytes: they do not count against the engine's heap, as texts do. */
export const LARGE_BYTES = 256 * 1024

/** Buffers a body: as text, or as bytes when it is large. Rejects when the stream breaks. */
export const readContent = (
  source: Source,
  limits: BodyLimits,
): Promise<Result<string | ArrayBuffer, BodyRefusal>> =>
  readBody<string | ArrayBuffer>(source, limits, {
    whole: (body, declared) => (declared > LARGE_BYTES ? body.arrayBuffer() : body.text()),
    join: (chunks, length) =>
      length > LARGE_BYTES ? joinChunks(chunks, length) : decodeChunks(chunks),
  })

/** Buffers a body as bytes. Rejects when the stream breaks. */
export const readBytes = (
  source: Source,
  limits: BodyLimits,
): Promise<Result<ArrayBuffer, BodyRefusal>> =>
  readBody(source, limits, { whole: (body) => body.arrayBuffer(), join: joinChunks })

type Source = Request | Response
type Chunks = readonly Uint8Array<ArrayBuffer>[]

interface Form<T> {
  readonly whole: (source: Source, declaredBytes: number) => Promise<T>
  readonly join: (chunks: Chunks, bytes: number) => T
}

/**
 * A declared length is reserved ahead and read natively; otherwise chunks are counted while they stream in. The rest
 * of a refused body is cancelled, so that its connection is free again.
 */
async function readBody<T>(
  source: Source,
  { bytes, held }: BodyLimits,
  { whole, join }: Form<T>,
): Promise<Result<T, BodyRefusal>> {
  const declared = declaredLength(source)
  if (declared === undefined && source.body !== null) {
    const chunks = await readCounted(source.body, { bytes, held })
    return chunks.ok ? ok(join(chunks.value, lengthOf(chunks.value))) : chunks
  }
  if (declared !== undefined && declared > bytes) return refuse(source, 'too-large')
  const granted = held.grow(declared ?? 0)
  return granted === true || (await granted)
    ? ok(await whole(source, declared ?? 0))
    : refuse(source, 'busy')
}

async function refuse(source: Source, refusal: BodyRefusal): Promise<Result<never, BodyRefusal>> {
  await source.body?.cancel()
  return err(refusal)
}

/** The length of the body as it will be read; unknown when it is chunked or compressed. */
function declaredLength({ headers }: Source): number | undefined {
  const length = headers.get('content-length')
  return length === null || headers.has('content-encoding') ? undefined : Number(length)
}

/** What a body without a declared length that turns out to be large claims at a time. */
const CLAIM_BYTES = 16 * 1024 * 1024

/**
 * A large body claims its memory ahead: many that grew side by side would hold all of it and none could end. What it
 * did not need goes back when its length is known.
 */
async function readCounted(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { bytes, held }: BodyLimits,
): Promise<Result<Chunks, BodyRefusal>> {
  const reader = body.getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for (let seen = 0, claimed = 0; ;) {
    const { done, value } = await reader.read()
    if (done) {
      held.shrink(claimed - seen)
      return ok(chunks)
    }
    seen += value.byteLength
    const wanted = seen > bytes ? 0 : claimOf(seen, claimed, bytes)
    if (seen > bytes || !(await held.grow(wanted - claimed))) {
      await reader.cancel()
      return err(seen > bytes ? 'too-large' : 'busy')
    }
    claimed = wanted
    chunks.push(value)
  }
}

function claimOf(seen: number, claimed: number, limit: number): number {
  if (seen <= claimed) return claimed
  return seen <= LARGE_BYTES ? seen : Math.max(seen, Math.min(claimed + CLAIM_BYTES, limit))
}

function joinChunks(chunks: Chunks, length: number): ArrayBuffer {
  const joined = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    joined.set(chunk, at)
    at += chunk.byteLength
  }
  return joined.buffer
}

const lengthOf = (chunks: Chunks): number =>
  chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)

function decodeChunks(chunks: Chunks): string {
  const decoder = new TextDecoder()
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
}
