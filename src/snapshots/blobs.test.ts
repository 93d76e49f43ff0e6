import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryStore } from '../../test/support/memory-store.ts'
import { openStore } from '../store/open.ts'
import { createBlobs, toBlob } from './blobs.ts'

const open = () => {
  const store = openStore(createMemoryStore(), '')
  return { store, blobs: createBlobs(store) }
}

test('texts of any length and letters come back as they were', async () => {
  const piece = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })
  const text = fc
    .tuple(piece, fc.constantFrom(0, 1, 50_000))
    .map(([one, times]) => one.repeat(times))
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 4 }), async (texts) => {
      const { blobs } = open()
      const written = await Promise.all(texts.map(toBlob))
      await blobs.write(written)
      expect(await blobs.read(written.map(({ ref }) => ref))).toEqual(texts)
    }),
    { numRuns: 30 },
  )
})

test('a byte order mark survives, also where a chunk begins', async () => {
  const { blobs } = open()
  const blob = await toBlob(`\ufeff${'x'.repeat(1024 * 1024 - 3)}\ufeffend`)
  expect(blob.ref.chunks).toBe(2)
  await blobs.write([blob])
  expect((await blobs.read([blob.ref]))[0] === blob.text).toBe(true)
})

test.each(['missing', 'altered'])('a chunk that is %s is noticed', async (how) => {
  const { store, blobs } = open()
  const blob = await toBlob('a text')
  await blobs.write([blob])
  const key = `/blobs/${blob.ref.hash}/0`
  await store.commit({
    expect: {},
    put: how === 'altered' ? { [key]: 'b text' } : {},
    remove: how === 'altered' ? [] : [key],
  })
  await expect(blobs.read([blob.ref])).rejects.toThrow('damaged')
})
