import { describe, expect, test } from 'vitest'
import { freshKey } from '../support/script.ts'
import type { Ask, Host } from './host.ts'
import { expectStamp, problemOf, useFixture } from './stage.ts'

/** Bodies and parameters that are judged by JSON Schema. */
export function validation(host: Host): void {
  const on = useFixture(host)
  const PATHS = ['/valid', '/valid-merged', '/valid-raw']

  const post = (
    path: string,
    body: NonNullable<Ask['body']>,
    more: Readonly<Record<string, string>> = {},
  ) =>
    on.gateway.fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...more },
      body,
    })
  const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))
  const streamOf = (text: string) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const char of text) controller.enqueue(bytes(char))
        controller.close()
      },
    })

  describe('mw-validate', () => {
    test.each(PATHS)('passes what fits, byte for byte: %s', async (path) => {
      const body = ' {"name" :\n"abc"}'
      for (const sent of [body, streamOf(body)]) {
        const answer = await post(`${path}/x?limit=9`, sent)
        expect(answer.status).toBe(200)
        expect(await answer.text()).toContain(JSON.stringify(body).slice(1, -1))
      }
    })

    test.each(PATHS)('refuses what does not and calls nobody: %s', async (path) => {
      const key = freshKey()
      const cases: readonly (readonly [
        number,
        NonNullable<Ask['body']>,
        string?,
        Record<string, string>?,
      ])[] = [
        [400, '{}'],
        [400, ''],
        [400, '{"name":1}'],
        [400, '{"name":"ABC"}'],
        [400, '{"name":"abc","more":1}'],
        [400, '{"name":"abc","name":"ABC"}'],
        [400, '{"name":"abc"'],
        [400, streamOf('{"name":"ABC"}')],
        [400, `{"name":${'['.repeat(500)}`],
        [400, '{"name":"abc"}', '?limit=10'],
        [400, '{"name":"abc"}', '?limit=1&limit=2'],
        [415, '{"name":"abc"}', '', { 'Content-Type': 'text/plain' }],
        [415, bytes('{"name":"abc"}'), '', { 'Content-Type': 'application/octet-stream' }],
        [415, '{"name":"abc"}', '', { 'Content-Encoding': 'gzip' }],
      ]
      for (const [status, body, query = '', headers = {}] of cases) {
        const answer = await post(`${path}/${key}${query}`, body, headers)
        expect(answer.status, JSON.stringify(body)).toBe(status)
        expectStamp(answer, false)
        await problemOf(answer)
      }
      expect(await on.first.seen(key)).toEqual([])
    })

    test('refuses more than it would hold in memory', async () => {
      const large = `{"name":"${'a'.repeat(1_100_000)}"}`
      for (const body of [large, streamOf(large.slice(0, 10)), bytes(large)]) {
        const answer = await post('/valid/x', body)
        expect([400, 413]).toContain(answer.status)
        await answer.body?.cancel()
      }
    })
  })
}
