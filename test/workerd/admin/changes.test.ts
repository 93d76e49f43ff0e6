import { beforeAll, describe, expect, test } from 'vitest'
import { group, SEED } from '../../support/archive.ts'
import { type Ask, createStage, type Stage } from './stage.ts'

let stage: Stage
let token: string
beforeAll(async () => {
  stage = await createStage()
  token = await stage.signedIn('editor')
})

const CREATE = { 'if-none-match': '*' }
const ask = (method: string, path: string, more: Ask = {}) =>
  stage.ask(method, path, { token, ...more })
const tagOf = async (path: string) => (await ask('GET', path)).headers.get('etag') ?? ''
const statusOf = async (answer: Promise<Response>) => (await answer).status

/** A file of its own for a test. */
async function create(name: string, text = group(`/${name}`)): Promise<string> {
  const answer = await ask('PUT', `/documents/apis/${name}.yaml`, { body: text, headers: CREATE })
  expect(answer.status, await answer.clone().text()).toBe(201)
  return answer.headers.get('etag') ?? ''
}

describe('a change without the revision that was seen', () => {
  test.each([
    ['PUT', '/documents/apis/seed.yaml', 'definitions: []'],
    ['DELETE', '/documents/apis/seed.yaml', undefined],
    ['PATCH', '/documents/apis/seed.yaml/endpoints/seed', { active: false }],
    ['POST', '/snapshots', { put: {} }],
    ['POST', `/snapshots/${'0'.repeat(64)}/rollback`, undefined],
    ['PUT', '/upstreams/x', { targets: [{ url: 'http://x' }] }],
    ['DELETE', '/upstreams/x', undefined],
    ['POST', '/upstreams/x/drain', undefined],
  ])('is 428: %s %s', async (method, path, body) => {
    const answer = await ask(method, path, { body })
    expect(answer.status).toBe(428)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
  })
})

describe('If-Match and If-None-Match', () => {
  const put = (headers: Record<string, string>, text = group('/tags', '/more')) =>
    statusOf(ask('PUT', '/documents/apis/tags.yaml', { body: text, headers }))

  test('compare what is there with what was seen', async () => {
    expect(await put({ 'if-match': '"1"' })).toBe(412)
    expect(await put({ 'if-match': '*' })).toBe(412)
    const tag = await create('tags')
    expect(await put(CREATE)).toBe(412)
    expect(await put({ 'if-match': '"999"' })).toBe(412)
    expect(await put({ 'if-match': '"999", W/' + tag })).toBe(200)
    expect(await put({ 'if-match': tag })).toBe(412)
    expect(await put({ 'if-match': '*' }, group('/tags'))).toBe(200)
  })

  test.each([
    { 'if-match': '1' },
    { 'if-match': '' },
    { 'if-match': '"1' },
    { 'if-none-match': '"1"' },
    { 'if-match': '"1"', 'if-none-match': '*' },
  ])('that say nothing sensible are 400: %j', async (headers) => {
    expect(await put(headers)).toBe(400)
  })
})

describe('two writers', () => {
  test('of one file at the same time: one wins, the other is told', async () => {
    const tag = await create('race')
    const write = (path: string) =>
      statusOf(
        ask('PUT', '/documents/apis/race.yaml', {
          body: group(path),
          headers: { 'if-match': tag },
        }),
      )
    const statuses = await Promise.all(['/race-a', '/race-b', '/race-c'].map(write))
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 412)).toHaveLength(2)
  })

  test('of different files, and of an upstream, do not disturb each other', async () => {
    const [one, other] = [await create('one'), await create('other')]
    const statuses = await Promise.all([
      statusOf(
        ask('PUT', '/documents/apis/one.yaml', {
          body: group('/one-new'),
          headers: { 'if-match': one },
        }),
      ),
      statusOf(
        ask('PUT', '/documents/apis/other.yaml', {
          body: group('/other-new'),
          headers: { 'if-match': other },
        }),
      ),
      statusOf(
        ask('PUT', '/upstreams/beside', {
          body: { targets: [{ url: 'http://x' }] },
          headers: CREATE,
        }),
      ),
    ])
    expect(statuses).toEqual([200, 200, 201])
  })

  test('of the whole configuration: the head that was seen counts', async () => {
    const head = await tagOf('/documents')
    const publish = (path: string) =>
      statusOf(
        ask('POST', '/snapshots', {
          body: { put: { 'apis/whole.yaml': group(path) }, message: path },
          headers: { 'if-match': head },
        }),
      )
    const statuses = await Promise.all([publish('/whole-a'), publish('/whole-b')])
    expect(new Set(statuses)).toEqual(new Set([201, 412]))
  })
})

describe('a file', () => {
  test('comes back byte for byte, whatever is in it', async () => {
    const text = `\uFEFF# ünï ☃ 𝄞\r\n${group('/bytes')}\n\n# the end`
    const tag = await create('bytes', text)
    for (const path of ['/documents/apis/bytes.yaml', '/documents/apis%2Fbytes.yaml']) {
      const answer = await ask('GET', path)
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(new TextEncoder().encode(text))
      expect(answer.headers.get('etag')).toBe(tag)
      expect(answer.headers.get('content-type')).toMatch(/^application\/yaml/)
    }
  })

  test('that does not compile is 422 with the diagnostics of check, and nothing changes', async () => {
    const head = await tagOf('/documents')
    const body = 'definitions:\n- {name: bad, endpoint: /bad, timeout: 2}\n'
    const answer = await ask('PUT', '/documents/apis/bad.yaml', { body, headers: CREATE })
    expect(answer.status).toBe(422)
    const { diagnostics } = await answer.json<{ diagnostics: object[] }>()
    expect(diagnostics).toContainEqual(
      expect.objectContaining({
        file: 'apis/bad.yaml',
        line: 2,
        severity: 'error',
        hint: expect.any(String),
      }),
    )
    expect(await tagOf('/documents')).toBe(head)
    const checked = await ask('POST', '/validate?file=apis/bad.yaml', {
      body,
      headers: { 'content-type': 'application/yaml' },
    })
    expect(await checked.json()).toEqual({ ok: false, diagnostics })
  })

  test('that is no UTF-8, or holds half a surrogate pair, is 400', async () => {
    const text = new Uint8Array([0x61, 0xff])
    const request = new Request('http://gateway.test/__admin/api/documents/apis/x.yaml', {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, ...CREATE },
      body: text,
    })
    expect((await stage.fetch(request)).status).toBe(400)
    const half = '{"put":{"apis/x.yaml":"\\ud800"}}'
    const headers = { 'if-match': '*', 'content-type': 'application/json' }
    expect(await statusOf(ask('POST', '/snapshots', { body: half, headers }))).toBe(400)
  })

  test('that is not there is 404 to read, change in part and remove', async () => {
    const headers = { 'if-match': '"1"' }
    expect(await statusOf(ask('GET', '/documents/apis/none.yaml'))).toBe(404)
    expect(await statusOf(ask('DELETE', '/documents/apis/none.yaml', { headers }))).toBe(404)
    const patch = { body: { active: false }, headers }
    expect(await statusOf(ask('PATCH', '/documents/apis/none.yaml/endpoints/x', patch))).toBe(404)
    expect(await statusOf(ask('GET', '/documents/apis/seed.yaml?snapshot=nothing'))).toBe(404)
  })

  test.each([
    '__proto__',
    'constructor',
    'apis/__proto__',
    'apis/..%2f..%2fx',
    'apis/x.txt',
    'x.yaml',
  ])('is not named %s', async (name) => {
    const answer = await ask('PUT', `/documents/${name}`, { body: group('/odd'), headers: CREATE })
    expect([404, 422]).toContain(answer.status)
    expect([404]).toContain(await statusOf(ask('GET', `/documents/${name}`)))
  })

  test('is removed by a publish of its own, and its routes with it', async () => {
    const tag = await create('gone')
    const removed = await ask('DELETE', '/documents/apis/gone.yaml?message=bye', {
      headers: { 'if-match': tag },
    })
    expect(await removed.json()).toMatchObject({
      snapshot: { message: 'bye', author: 'a-editor' },
      consequences: { removed: [{ method: 'GET', path: '/gone', file: 'apis/gone.yaml' }] },
    })
    expect(await statusOf(ask('GET', '/documents/apis/gone.yaml'))).toBe(404)
  })
})

test('an endpoint is switched off by its name, which may hold slashes, and comments stay', async () => {
  const text = `# kept\n${group('/switched').replace('name: switched', 'name: GET /switched/{x}')}`
  const tag = await create('switched', text)
  const path = `/documents/apis/switched.yaml/endpoints/${encodeURIComponent('GET /switched/{x}')}`
  const answer = await ask('PATCH', path, { body: { active: false }, headers: { 'if-match': tag } })
  expect(await answer.json()).toMatchObject({ consequences: { removed: [{ path: '/switched' }] } })
  const changed = await (await ask('GET', '/documents/apis/switched.yaml')).text()
  expect(changed).toMatch(/^# kept\n[^]*active: false/)
  expect(
    await statusOf(
      ask('PATCH', path.replace('GET', 'PUT'), {
        body: { active: true },
        headers: { 'if-match': '*' },
      }),
    ),
  ).toBe(404)
})

describe('the history', () => {
  test('is listed in parts and tells who, when, why and what', async () => {
    await create('told')
    const seen: number[] = []
    let cursor = ''
    do {
      const page = await ask('GET', `/snapshots?limit=2${cursor}`)
      const { items, next } = await page.json<{ items: { number: number }[]; next?: string }>()
      expect(items.length).toBeLessThanOrEqual(2)
      seen.push(...items.map(({ number }) => number))
      cursor = next === undefined ? '' : `&cursor=${encodeURIComponent(next)}`
    } while (cursor !== '')
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => seen.length - i))
    expect(await statusOf(ask('GET', '/snapshots?limit=0'))).toBe(400)
    expect(await statusOf(ask('GET', '/snapshots?cursor=nonsense'))).toBe(200)
  })

  test('goes back to an earlier state, which is a new step; pinned ones are marked', async () => {
    const { items } = await (
      await ask('GET', '/snapshots?limit=500')
    ).json<{ items: { hash: string }[] }>()
    const first = items.at(-1)?.hash ?? ''
    const diff = await (
      await ask('GET', `/snapshots/${first}/diff`)
    ).json<{ files: { name: string; before: string | null; after: string | null }[] }>()
    expect(diff.files).toContainEqual({
      name: 'apis/told.yaml',
      before: null,
      after: group('/told'),
    })
    expect(await statusOf(ask('GET', `/snapshots/${first}/diff?to=none`))).toBe(404)
    const stale = { headers: { 'if-match': `"${first}"` } }
    expect(await statusOf(ask('POST', `/snapshots/${first}/rollback`, stale))).toBe(412)
    const seen = { headers: { 'if-match': await tagOf('/snapshots') } }
    expect(await statusOf(ask('POST', '/snapshots/none/rollback', seen))).toBe(404)
    expect(await statusOf(ask('POST', `/snapshots/${first}/rollback`, seen))).toBe(200)
    const files = await (await ask('GET', '/documents')).json<{ items: { name: string }[] }>()
    expect(files.items.map(({ name }) => name).toSorted()).toEqual(Object.keys(SEED).toSorted())
    const upstreams = await (await ask('GET', '/upstreams')).json<{ items: object[] }>()
    expect(upstreams.items).toContainEqual(expect.objectContaining({ name: 'beside' }))
    const pinned = await ask('PUT', `/snapshots/${items[0]?.hash}/pin`)
    expect(await pinned.json()).toMatchObject({ pinned: true })
  })
})

describe('an upstream', () => {
  const body = {
    targets: [{ url: 'http://10.0.0.7:1024', weight: 3 }],
    auth: { bearer: '${TOKEN}' },
  }

  test('goes out in the words in which it came in, and comes back changed', async () => {
    const made = await ask('PUT', '/upstreams/spider', { body, headers: CREATE })
    expect(made.status, await made.clone().text()).toBe(201)
    const got = await ask('GET', '/upstreams/spider')
    const upstream = await got.json<Record<string, unknown>>()
    expect(upstream).toMatchObject({
      name: 'spider',
      owner: 'user a-editor',
      targets: [{ url: 'http://10.0.0.7:1024', weight: 3 }],
      auth: { bearer: { token: '${TOKEN}' } },
      drain: { state: 'open' },
    })
    const headers = { 'if-match': got.headers.get('etag') ?? '' }
    const changed = { ...upstream, targets: [{ url: 'http://10.0.0.8:1024' }] }
    expect(await statusOf(ask('PUT', '/upstreams/spider', { body: changed, headers }))).toBe(200)
  })

  test('belongs to somebody: others need force', async () => {
    const put = async (owner: string, query = '') =>
      ask('PUT', `/upstreams/spider${query}`, {
        body: { ...body, owner },
        headers: { 'if-match': '*' },
      })
    const refused = await put('stack dev')
    expect([refused.status, await refused.json()]).toEqual([
      409,
      expect.objectContaining({ owner: 'user a-editor' }),
    ])
    expect((await put('stack dev', '?force=true')).status).toBe(200)
    expect((await put('stack dev')).status).toBe(200)
  })

  test.each([
    [{ targets: [] }, 422],
    [{ targets: [{ url: 'ftp://x' }] }, 422],
    [{ targets: [{ url: 'http://x' }], tragets: 1 }, 422],
    [[], 400],
  ])('is refused: %j', async (bad, status) => {
    const answer = await ask('PUT', '/upstreams/bad', { body: bad, headers: CREATE })
    expect(answer.status).toBe(status)
  })

  test('shows a credential to nobody', async () => {
    const before = (await tagOf('/snapshots')).replaceAll('"', '')
    const body = { targets: [{ url: 'http://x' }], auth: { bearer: 'a-plain-secret' } }
    await ask('PUT', '/upstreams/secretive', { body, headers: CREATE })
    for (const path of ['/upstreams', '/upstreams/secretive', `/snapshots/${before}/diff`]) {
      expect(await (await ask('GET', path)).text()).not.toContain('a-plain-secret')
    }
  })

  test('drains by its owner, and is not removed from under a route', async () => {
    const wiring = await stage.signedIn('wiring')
    const as = { token: wiring }
    const targets = [{ url: 'http://10.0.0.9' }]
    const made = await ask('PUT', '/upstreams/wired', {
      ...as,
      body: { targets, owner: 'stack a' },
      headers: CREATE,
    })
    const headers = { 'if-match': made.headers.get('etag') ?? '' }
    await create('wired', group('/wired').replace('http://backend.test', 'wired'))
    const needed = await ask('DELETE', '/upstreams/wired?owner=stack+a', { ...as, headers })
    expect([needed.status, await needed.json()]).toEqual([
      409,
      expect.objectContaining({ routes: [expect.objectContaining({ path: '/wired' })] }),
    ])
    expect(await statusOf(ask('POST', '/upstreams/wired/drain', { ...as, headers }))).toBe(409)
    const drain = await ask('POST', '/upstreams/wired/drain?owner=stack+a&timeout=5s', {
      ...as,
      headers,
    })
    expect(drain.status, await drain.clone().text()).toBe(202)
    const now = await (await ask('GET', '/upstreams/wired', as)).json()
    const by = expect.stringMatching(/^a-wiring/)
    expect(now).toMatchObject({
      by,
      written: { by },
      draining_since: expect.any(String),
      drain: { state: expect.stringMatching(/^drain/) },
    })
    expect(await statusOf(ask('POST', '/upstreams/none/drain', { ...as, headers }))).toBe(404)
  })
})

test('every change and every refused one stands in the audit', async () => {
  const audit = await stage.audit()
  const has = (entry: object) => expect(audit).toContainEqual(expect.objectContaining(entry))
  has({ who: 'a-editor', from: '203.0.113.7', action: 'publish', result: 'done' })
  has({ who: 'a-editor', result: 'stale' })
  has({ who: 'a-editor', result: 'invalid' })
  has({ who: 'a-editor', action: 'put upstream', target: 'x', result: 'precondition-required' })
  has({ who: 'root', action: 'create user', target: 'a-wiring', result: 'done' })
  expect(await statusOf(ask('POST', '/users', { body: {} }))).toBe(403)
  expect(await stage.audit()).toContainEqual(
    expect.objectContaining({ who: 'a-editor', action: 'create user', result: 'forbidden' }),
  )
  const paged = await ask('GET', '/audit?limit=3')
  expect((await paged.json<{ items: object[]; next?: string }>()).items).toHaveLength(3)
})
