import { sha256 } from '../lib/sha256.ts'
import type { Store } from '../ports.ts'
import { KEYS } from './keys.ts'
import type { BlobRef } from './stored.ts'

/** Texts that never change, stored once under their hash in chunks of at most 1 MiB. */
export interface Blobs {
  /** In the order of the references. Rejects when one is missing or is not what its name says. */
  readonly read: (refs: readonly BlobRef[]) => Promise<readonly string[]>
  readonly write: (blobs: readonly Blob[]) => Promise<void>
}

/** A text on its way into the store. */
export interface Blob {
  readonly ref: BlobRef
  readonly text: string
}

const CHUNK_BYTES = 1024 * 1024
const BATCH_BYTES = 4 * CHUNK_BYTES
const BATCH_KEYS = 100

/** Names a text. */
export async function toBlob(text: string): Promise<Blob> {
  const bytes = encoder.encode(text).length
  const chunks = bytes <= CHUNK_BYTES ? 1 : cut(text).length
  return { ref: { hash: await sha256(text), bytes, chunks }, text }
}

/** Names a value as JSON. */
export const toJsonBlob = (value: unknown): Promise<Blob> => toBlob(JSON.stringify(value))

/** Keys of a blob's chunks. */
export const chunkKeys = ({ hash, chunks }: BlobRef): readonly string[] =>
  Array.from({ length: chunks }, (_, index) => KEYS.blob(hash, index))

/** Blobs in a store. */
export function createBlobs(store: Store): Blobs {
  return {
    read: async (refs) => {
      const found = new Map<string, string>()
      const chunks = refs.flatMap((ref) =>
        chunkKeys(ref).map((key) => ({ key, bytes: Math.min(ref.bytes, CHUNK_BYTES) })),
      )
      for (const batch of inBatches(chunks, BATCH_BYTES)) {
        const entries = await store.get([...new Set(batch.map(({ key }) => key))])
        for (const { key, value } of entries) found.set(key, value)
      }
      return Promise.all(refs.map((ref) => join(ref, found)))
    },
    write: async (blobs) => {
      const chunks = blobs.flatMap(toChunks)
      for (const batch of inBatches(chunks, CHUNK_BYTES)) {
        const put = Object.fromEntries(batch.map(({ key, value }) => [key, value]))
        await store.commit({ expect: {}, put })
      }
    },
  }
}

async function join(ref: BlobRef, found: ReadonlyMap<string, string>): Promise<string> {
  const text = chunkKeys(ref)
    .map((key) => found.get(key) ?? '')
    .join('')
  if ((await sha256(text)) === ref.hash) return text
  throw new Error(`the store is damaged: blob ${ref.hash} is missing or altered`)
}

function toChunks({ ref, text }: Blob) {
  const pieces = ref.chunks === 1 ? [text] : cut(text)
  return pieces.map((value, index) => ({
    key: KEYS.blob(ref.hash, index),
    value,
    bytes: ref.chunks === 1 ? ref.bytes : CHUNK_BYTES,
  }))
}

/** Cuts a text into pieces of at most `CHUNK_BYTES` of UTF-8, between characters. */
function cut(text: string): readonly string[] {
  const bytes = encoder.encode(text)
  const pieces: string[] = []
  for (let start = 0; start < bytes.length;) {
    let end = Math.min(start + CHUNK_BYTES, bytes.length)
    while (end < bytes.length && isContinuation(bytes[end])) end--
    pieces.push(decoder.decode(bytes.subarray(start, end)))
    start = end
  }
  return pieces
}

/** Bytes 10xxxxxx go on with a character (RFC 3629 section 3). */
const isContinuation = (byte: number | undefined): boolean =>
  byte !== undefined && (byte & 0xc0) === 0x80

function inBatches<T extends { readonly bytes: number }>(
  items: readonly T[],
  mostBytes: number,
): readonly (readonly T[])[] {
  const batches: T[][] = []
  let bytes = 0
  for (const item of items) {
    const batch = batches.at(-1)
    if (batch === undefined || batch.length === BATCH_KEYS || bytes + item.bytes > mostBytes) {
      batches.push([item])
      bytes = item.bytes
    } else {
      batch.push(item)
      bytes += item.bytes
    }
  }
  return batches
}

const encoder = new TextEncoder()
// A BOM at the start of a piece is text like any other.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
