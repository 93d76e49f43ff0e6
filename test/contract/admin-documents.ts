import { describe, expect, inject, test } from 'vitest'
import { type Administrator, CREATE, ifMatch } from './administrator.ts'
import type { Stage } from './stage.ts'

/** The API file that the cases change. */
export const FILE = '/documents/apis/told.yaml'

/** An API file that tells its version: the group in which the answer stands. */
export const told = (version: string, host = inject('upstreams').first) => `# told: ask ada
definitions:
  - name: told
    endpoint: /told/{key}
    hosts: [{host: "${host}"}]
    backend: [{url_pattern: "/told/{key}", group: ${version}}]
`

/** Which version serves. */
export async function servedBy({ gateway }: Stage): Promise<unknown> {
  const answer = await gateway.fetch('/told/x')
  return answer.status === 200 ? Object.keys((await answer.json()) as object)[0] : answer.status
}

/** The snapshot that health names. */
export async function snapshotOf({ gateway }: Stage): Promise<unknown> {
  return ((await (await gateway.fetch('/__health')).json()) as { snapshot: string }).snapshot
}

const hashIn = (body: unknown): string => (body as { snapshot: { hash: string } }).snapshot.hash

/** Documents and their history. */
export function documents(on: Stage, ask: Administrator): void {
  describe('documents', () => {
    test('are changed only by those who say what they have seen', async () => {
      const body = told('unseen')
      expect((await ask('PUT', FILE, { body })).status).toBe(428)
      expect((await ask('DELETE', FILE)).status).toBe(428)
      expect((await ask('PUT', FILE, { body, headers: CREATE })).status).toBe(412)
      expect((await ask('PUT', FILE, { body, headers: ifMatch('"99"') })).status).toBe(412)
      expect(await servedBy(on)).toBe('bundle')
    })

    test('serve when the answer to their change is there, and health names the snapshot', async () => {
      const { etag } = await ask('GET', FILE)
      const put = await ask('PUT', `${FILE}?message=first`, {
        body: told('first'),
        headers: ifMatch(etag),
      })
      expect(put.status).toBe(200)
      expect(put.body).toMatchObject({
        snapshot: { author: 'ada', message: 'first', changed: ['documents'] },
        consequences: { changed: [{ method: 'GET', path: '/told/{key}' }] },
      })
      expect(await servedBy(on)).toBe('first')
      expect(await snapshotOf(on)).toBe(hashIn(put.body))
      expect(await ask('GET', FILE)).toMatchObject({ text: told('first'), etag: put.etag })
      expect((await ask('PUT', FILE, { body: told('x'), headers: ifMatch(etag) })).status).toBe(412)
    })

    test('come and go', async () => {
      const path = '/documents/apis%2Fmore.yaml'
      const body = told('more').replaceAll('/told/{key}', '/more/{key}')
      const put = await ask('PUT', path, { body, headers: CREATE })
      expect(put).toMatchObject({ status: 201, body: { consequences: { removed: [] } } })
      expect((await on.gateway.fetch('/more/x')).status).toBe(200)
      const endpoint = `${path}/endpoints/told`
      const off = { body: { active: false }, headers: ifMatch(put.etag) }
      const patched = await ask('PATCH', endpoint, off)
      expect(patched.status).toBe(200)
      expect((await on.gateway.fetch('/more/x')).status).toBe(404)
      expect(await ask('DELETE', path, { headers: ifMatch(put.etag) })).toMatchObject({
        status: 412,
      })
      expect((await ask('DELETE', path, { headers: ifMatch(patched.etag) })).status).toBe(200)
      expect((await ask('GET', path)).status).toBe(404)
    })

    test('that do not compile change nothing, and every fault has its line', async () => {
      const before = await snapshotOf(on)
      const { etag } = await ask('GET', FILE)
      const bad = { body: told('bad').replace('hosts:', 'host:'), headers: ifMatch(etag) }
      const refused = await ask('PUT', FILE, bad)
      expect(refused.status).toBe(422)
      expect(refused.headers.get('content-type')).toBe('application/problem+json')
      expect(refused.body).toMatchObject({
        request_id: expect.any(String),
        diagnostics: expect.arrayContaining([
          expect.objectContaining({
            file: 'apis/told.yaml',
            line: expect.any(Number),
            column: expect.any(Number),
            severity: 'error',
          }),
        ]),
      })
      const checked = await ask('POST', '/validate?file=apis/told.yaml', { body: bad.body })
      expect(checked).toMatchObject({ status: 200, body: { ok: false } })
      expect(await snapshotOf(on)).toBe(before)
      expect(await servedBy(on)).toBe('first')
    })
  })
}

interface Listed {
  readonly items: readonly {
    readonly hash: string
    readonly number: number
    parent: string | null
  }[]
  readonly next?: string
}

/** Snapshots. */
export function history(on: Stage, ask: Administrator): void {
  const listAll = async () => {
    const items: Listed['items'][number][] = []
    let cursor = ''
    do {
      const query = `limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`
      const page = (await ask('GET', `/snapshots?${query}`)).body as Listed
      items.push(...page.items)
      cursor = page.next ?? ''
    } while (cursor !== '')
    return items
  }

  describe('the history', () => {
    test('is one line, in pages, and the head is its newest', async () => {
      const items = await listAll()
      expect(items.map(({ number }) => number)).toEqual(items.map((_, i) => items.length - i))
      expect(items.map(({ parent }) => parent)).toEqual([
        ...items.slice(1).map(({ hash }) => hash),
        null,
      ])
      const { etag } = await ask('GET', '/snapshots?limit=1')
      expect(etag).toBe(`"${items[0]?.hash}"`)
      expect(await snapshotOf(on)).toBe(items[0]?.hash)
    })

    test('takes several files at once, on the head that was seen', async () => {
      const { etag } = await ask('GET', '/snapshots?limit=1')
      const body = { put: { 'apis/told.yaml': told('second') }, message: 'second' }
      expect((await ask('POST', '/snapshots', { body })).status).toBe(428)
      const published = await ask('POST', '/snapshots', { body, headers: ifMatch(etag) })
      expect(published.status).toBe(201)
      expect(await servedBy(on)).toBe('second')
      expect((await ask('POST', '/snapshots', { body, headers: ifMatch(etag) })).status).toBe(412)
      const diff = await ask('GET', `/snapshots/${etag.replaceAll('"', '')}/diff`)
      expect(diff.body).toMatchObject({
        files: [{ name: 'apis/told.yaml', before: told('first'), after: told('second') }],
      })
    })

    test('goes back to an earlier snapshot by a new one', async () => {
      const [head, first] = await listAll()
      const path = `/snapshots/${first?.hash}/rollback`
      expect((await ask('POST', path)).status).toBe(428)
      expect((await ask('POST', path, { headers: ifMatch('"0"') })).status).toBe(412)
      const back = await ask('POST', path, { headers: ifMatch(`"${head?.hash}"`) })
      expect(back).toMatchObject({ status: 200, body: { snapshot: { parent: head?.hash } } })
      expect(await servedBy(on)).toBe('first')
      expect(await snapshotOf(on)).toBe(hashIn(back.body))
      const unknown = `/snapshots/${'0'.repeat(64)}`
      expect((await ask('GET', unknown)).status).toBe(404)
      const gone = await ask('POST', `${unknown}/rollback`, { headers: ifMatch(back.etag) })
      expect(gone.status).toBe(404)
    })

    test('keeps what is pinned', async () => {
      const [head] = await listAll()
      const path = `/snapshots/${head?.hash}`
      expect(await ask('PUT', `${path}/pin`)).toMatchObject({ body: { pinned: true } })
      expect(await ask('GET', path)).toMatchObject({ body: { pinned: true } })
      expect(await ask('DELETE', `${path}/pin`)).toMatchObject({ body: { pinned: false } })
    })
  })
}
