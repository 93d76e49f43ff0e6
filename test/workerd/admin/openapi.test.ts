import { describe, expect, test } from 'vitest'
import { operations } from '../../../src/admin/operations/index.ts'
import { createStage } from './stage.ts'

interface Description {
  readonly openapi: string
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
}

interface Described {
  readonly operationId: string
  readonly summary: string
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly schema: object
  }[]
  readonly responses: Readonly<Record<string, object>>
  readonly security: readonly object[]
}

const read = async () => {
  const answer = await (await createStage()).ask('GET', '/openapi.json')
  expect(answer.status).toBe(200)
  return answer.json<Description>()
}

/** The fixed points of the API, on which other programs rely. */
const FIXED = [
  'GET /openapi.json',
  'POST /bootstrap',
  'POST /session',
  'GET /documents/{file}',
  'PUT /documents/{file}',
  'DELETE /documents/{file}',
  'GET /snapshots',
  'POST /snapshots',
  'POST /snapshots/{hash}/rollback',
  'GET /upstreams/{name}',
  'PUT /upstreams/{name}',
  'DELETE /upstreams/{name}',
  'POST /upstreams/{name}/drain',
  'GET /routes',
  'GET /explain',
  'POST /validate',
  'GET /tokens',
  'POST /tokens',
  'DELETE /tokens/{id}',
  'GET /users',
  'POST /users',
  'DELETE /users/{name}',
  'GET /audit',
]

describe('the description of the API', () => {
  test('needs no credentials and has every operation with its fixed path', async () => {
    const { openapi, servers, paths } = await read()
    expect(openapi).toBe('3.1.0')
    expect(servers).toEqual([{ url: '/__admin/api' }])
    const listed = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(listed.toSorted()).toEqual(
      operations.map(({ method, path }) => `${method} ${path}`).toSorted(),
    )
    expect(listed).toEqual(expect.arrayContaining(FIXED))
  })

  test('describes every parameter, and every reference leads somewhere', async () => {
    const description = await read()
    const text = JSON.stringify(description)
    for (const [, pointer = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = pointer
        .split('/')
        .reduce<unknown>(
          (value, key) => (value as Record<string, unknown> | undefined)?.[key],
          description,
        )
      expect([pointer, typeof target]).toEqual([pointer, 'object'])
    }
    const ids = new Set<string>()
    for (const [path, methods] of Object.entries(description.paths)) {
      for (const { operationId, summary, parameters, responses } of Object.values(methods)) {
        ids.add(operationId)
        expect(summary).toMatch(/[.?]$/)
        const inPath = parameters
          .filter((parameter) => parameter.in === 'path')
          .map(({ name }) => `{${name}}`)
        expect(inPath).toEqual(path.match(/\{[^}]+\}/g) ?? [])
        expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true)
      }
    }
    expect(ids.size).toBe(operations.length)
  })
})

describe('a path that is no operation', () => {
  test('is 404, another method 405 with Allow, OPTIONS 204', async () => {
    const stage = await createStage()
    expect((await stage.ask('GET', '/nothing')).status).toBe(404)
    expect((await stage.ask('GET', '')).status).toBe(404)
    const put = await stage.ask('PUT', '/users')
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS'])
    const options = await stage.ask('OPTIONS', '/users', {
      headers: { origin: 'https://evil.test' },
    })
    expect(options.status).toBe(204)
    expect(options.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('a body', () => {
  const post = async (body: unknown, headers: Record<string, string> = {}) => {
    const answer = await (await createStage()).ask('POST', '/session', { body, headers })
    return { status: answer.status, problem: await answer.json<Record<string, unknown>>() }
  }

  test('that is no JSON, or of another form, is refused with all that is wrong', async () => {
    expect((await post('{')).status).toBe(400)
    const { status, problem } = await post({ user: 1 })
    expect(status).toBe(400)
    expect(problem).toMatchObject({
      type: 'urn:problem-type:cb-bridge:admin:bad-request',
      errors: [{ path: 'user' }, { path: 'password' }],
      request_id: expect.any(String),
    })
  })

  test('beyond the limit is 413, declared or not', async () => {
    expect((await post('x'.repeat(70_000))).status).toBe(413)
    const request = new Request('http://gateway.test/__admin/api/session', {
      method: 'POST',
      body: new Blob(['x'.repeat(70_000)]).stream(),
    })
    const stage = await createStage()
    const answer = await stage.fetch(request)
    expect(answer.status).toBe(413)
  })
})
