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

/** Buffers a body as text. Rejects when the stream breaks. */
export const readText = (
  source: Source,
  limits: BodyLimits,
): Promise<Result<string, BodyRefusal>> =>
  readBody(source, limits, { whole: (body) => body.text(), join: decodeChunks })

/** Buffers a body as bytes. Rejects when the stream breaks. */
export const readBytes = (
  source: Source,
  limits: BodyLimits,
): Promise<Result<ArrayBuffer, BodyRefusal>> =>
  readBody(source, limits, {
    whole: (body) => body.arrayBuffer(),
    join: (chunks) => new Blob([...chunks]).arrayBuffer(),
  })

type Source = Request | Response
type Chunks = readonly Uint8Array<ArrayBuffer>[]

interface Form<T> {
  readonly whole: (source: Source) => Promise<T>
  readonly join: (chunks: Chunks) => T | Promise<T>
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
    return chunks.ok ? ok(await join(chunks.value)) : chunks
  }
  if (declared !== undefined && declared > bytes) return refuse(source, 'too-large')
  const granted = held.grow(declared ?? 0)
  return granted === true || (await granted) ? ok(await whole(source)) : refuse(source, 'busy')
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

async function readCounted(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { bytes, held }: BodyLimits,
): Promise<Result<Chunks, BodyRefusal>> {
  const reader = body.getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for (let seen = 0; ;) {
    const { done, value } = await reader.read()
    if (done) return ok(chunks)
    seen += value.byteLength
    if (seen > bytes || !(await held.grow(value.byteLength))) {
      await reader.cancel()
      return err(seen > bytes ? 'too-large' : 'busy')
    }
    chunks.push(value)
  }
}

function decodeChunks(chunks: Chunks): string {
  const decoder = new TextDecoder()
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
}
