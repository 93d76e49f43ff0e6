import { describe, expect, inject, test } from 'vitest'
import { FILE, servedBy, told } from './admin-documents.ts'
import { type Administrator, CREATE, ifMatch } from './administrator.ts'
import type { Stage } from './stage.ts'

/** Upstreams: owners, drains, removal. */
export function registry(on: Stage, ask: Administrator): void {
  const path = '/upstreams/told'
  const put = (headers: Readonly<Record<string, string>>, query = '') =>
    ask('PUT', path + query, {
      body: { targets: [{ url: inject('upstreams').first }] },
      headers,
    })

  describe('the registry of upstreams', () => {
    test('takes an upstream, and routes call it by its name', async () => {
      expect((await put({})).status).toBe(428)
      const made = await put(CREATE)
      expect(made).toMatchObject({ status: 201, body: { snapshot: { changed: ['upstreams'] } } })
      const { etag } = await ask('GET', FILE)
      const file = { body: told('registered', 'told'), headers: ifMatch(etag) }
      expect((await ask('PUT', FILE, file)).status).toBe(200)
      expect(await servedBy(on)).toBe('registered')
      expect(await ask('GET', path)).toMatchObject({
        etag: made.etag,
        body: {
          owner: 'user ada',
          by: 'ada',
          written: { by: 'ada', revision: expect.any(Number) as number },
          drain: { state: 'open' },
        },
      })
    })

    test('keeps an owner from the writes of others, unless they insist', async () => {
      const { etag } = await ask('GET', path)
      const other = await put(ifMatch(etag), '?owner=stack')
      expect(other).toMatchObject({ status: 409, body: { owner: 'user ada' } })
      const forced = await put(ifMatch(etag), '?owner=stack&force=true')
      expect(forced.status).toBe(200)
      expect((await put(ifMatch(etag), '?owner=stack')).status).toBe(412)
      expect((await put(ifMatch(forced.etag), '?force=true')).status).toBe(200)
    })

    test('drains an upstream, says when it is drained, and opens it again', async () => {
      const { etag, body: before } = await ask('GET', path)
      const drained = await ask('POST', `${path}/drain?timeout=30s`, { headers: ifMatch(etag) })
      expect(drained.status).toBe(202)
      expect(await servedBy(on)).toBe(503)
      const explained = await ask('GET', '/explain?method=GET&path=/told/x')
      const registered = { owner: 'user ada', shadowsFile: false, isDraining: true }
      expect(explained.body).toMatchObject({ calls: [{ urls: [{ registered }] }] })
      await expect
        .poll(async () => (await ask('GET', path)).body, { timeout: 8000, interval: 200 })
        .toMatchObject({ drain: { state: 'drained', inFlight: 0, unconfirmed: 0 } })
      expect((await put(ifMatch(drained.etag))).status).toBe(200)
      expect(await servedBy(on)).toBe('registered')
      const { written } = before as { readonly written: object }
      expect(await ask('GET', path)).toMatchObject({ body: { by: 'ada', written } })
    })

    test('lets nobody remove what a route needs, unless they insist', async () => {
      const { etag } = await ask('GET', path)
      const refused = await ask('DELETE', path, { headers: ifMatch(etag) })
      expect(refused).toMatchObject({ status: 409, body: { routes: [{ path: '/told/{key}' }] } })
      const { etag: file } = await ask('GET', FILE)
      const own = { body: told('own'), headers: ifMatch(file) }
      expect((await ask('PUT', FILE, own)).status).toBe(200)
      expect((await ask('DELETE', path, { headers: ifMatch(etag) })).status).toBe(200)
      expect((await ask('GET', path)).status).toBe(404)
      expect(await ask('GET', '/upstreams')).toMatchObject({ body: { items: [] } })
    })
  })
}
