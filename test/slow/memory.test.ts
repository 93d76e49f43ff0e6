import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshKey } from '../support/script.ts'
import { residentBytes, startSlowStage, type SlowStage } from './gateway.ts'

const MIB = 1024 * 1024
const GIB = 1024 * MIB
const ALLOWED = 16 * MIB

let stage: SlowStage
beforeAll(async () => {
  stage = await startSlowStage()
  // The engine's own growth on first use is not what is measured.
  await download(64 * MIB)
  await upload(64 * MIB)
})
afterAll(() => stage.close())

describe('a body of 1 GiB through a bypass route', () => {
  test.each([
    ['to the client', download],
    ['to the upstream', upload],
  ])('%s adds at most 16 MiB of memory', async (_, transfer) => {
    const before = residentBytes(stage.container.pid)
    let peak = before
    const timer = setInterval(() => {
      peak = Math.max(peak, residentBytes(stage.container.pid))
    }, 20)
    const moved = await transfer(GIB)
    clearInterval(timer)
    expect(moved).toBe(GIB)
    console.log(
      `added ${((peak - before) / MIB).toFixed(1)} MiB to ${(before / MIB).toFixed(1)} MiB`,
    )
    expect(peak - before).toBeLessThanOrEqual(ALLOWED)
  })

  test('to a slow client adds at most 16 MiB of memory', async () => {
    const key = freshKey()
    await stage.upstream.script(key, { steps: [{ fill: GIB }] })
    const before = residentBytes(stage.container.pid)
    const answer = await fetch(`${stage.url}/raw/${key}`)
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
    for (let i = 0; i < 50; i++) {
      await reader.read()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const added = residentBytes(stage.container.pid) - before
    await reader.cancel()
    expect(added).toBeLessThanOrEqual(ALLOWED)
  })
})

async function download(bytes: number): Promise<number> {
  const key = freshKey()
  await stage.upstream.script(key, { steps: [{ fill: bytes }] })
  const answer = await fetch(`${stage.url}/raw/${key}`)
  let received = 0
  for await (const chunk of answer.body as ReadableStream<Uint8Array>) received += chunk.length
  return received
}

async function upload(bytes: number): Promise<number> {
  const key = freshKey()
  await stage.upstream.script(key, { body: 'thanks' })
  const before = stage.server.bytesReceived()
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sending = request(`${stage.url}/raw/${key}`, { method: 'POST' }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode))
    })
    sending.once('error', reject)
    void writeAll(sending, bytes)
  })
  expect(status).toBe(200)
  return stage.server.bytesReceived() - before
}

async function writeAll(sending: ReturnType<typeof request>, bytes: number): Promise<void> {
  const piece = Buffer.alloc(256 * 1024, 'u')
  for (let left = bytes; left > 0; left -= piece.length) {
    if (!sending.write(left < piece.length ? piece.subarray(0, left) : piece)) {
      await new Promise((resolve) => sending.once('drain', resolve))
    }
  }
  sending.end()
}
