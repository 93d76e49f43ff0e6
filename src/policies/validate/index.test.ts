import { describe, expect, test } from 'vitest'
import { deepFreeze } from '../../lib/freeze.ts'
import { behind } from '../policy.fixture.ts'
import { validate } from './index.ts'

const INFRA = deepFreeze({
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', pattern: '^[a-z][a-z0-9-]*$' },
    size: { type: 'integer', minimum: 1, maximum: 10 },
    tags: { type: 'array', items: { $ref: '#/$defs/tag' } },
  },
  additionalProperties: false,
  $defs: { tag: { type: 'string', maxLength: 5 } },
})

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body,
})
const behindInfra = (more: Record<string, unknown> = {}) =>
  behind(validate, { body: INFRA, ...more })

describe('a body', () => {
  test.each([
    '{"name":"a"}',
    ' {"name" : "a-1","size":10,"tags":["x","y"]}\n',
    '\ufeff{"name":"a"}',
  ])('that fits passes as it came: %j', async (body) => {
    const passage = await behindInfra()(post(body))
    expect(passage).toMatchObject({ status: 200, hasPassed: true })
    expect(`\ufeff${passage.text}`).toContain(body)
  })

  test.each([
    ['{}', 'name'],
    ['{"name":"A"}', '#/name'],
    ['{"name":"a","size":0}', '#/size'],
    ['{"name":"a","size":1.5}', '#/size'],
    ['{"name":"a","size":"1"}', '#/size'],
    ['{"name":"a","tags":["long tag"]}', '#/tags/0'],
    ['{"name":"a","more":1}', 'more'],
    ['{"name":"a","__proto__":{}}', '__proto__'],
    ['[]', 'array'],
    ['null', 'null'],
  ])('that does not is 400, with where and why: %s', async (body, said) => {
    const passage = await behindInfra()(post(body))
    expect(passage).toMatchObject({ status: 400, hasPassed: false })
    expect(passage.headers.get('content-type')).toBe('application/problem+json')
    expect(passage.text).toContain(said)
  })

  test.each([
    '{"name":"a"',
    '{"name":"a"}{}',
    "{'name':'a'}",
    '{"name":"a",}',
    '// a\n{"name":"a"}',
    '{"name":NaN}',
    '{"name":"a","name":"B!"}',
    String.raw`{"name":"B!","na\u006de":"a"}`,
    `{"name":"a","tags":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    '['.repeat(100_000),
  ])('that nobody can be sure of is 400: %.40s', async (body) => {
    expect(await behindInfra()(post(body))).toMatchObject({ status: 400, hasPassed: false })
  })

  test('that is no UTF-8 is 400', async () => {
    const bytes = Uint8Array.from('{"name":"\u00ff"}', (char) => char.charCodeAt(0))
    expect(await behindInfra()(post(bytes))).toMatchObject({ status: 400, hasPassed: false })
  })

  test.each([
    { 'content-type': 'text/plain' },
    { 'content-type': '' },
    { 'content-type': 'application/json5' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'multipart/form-data; boundary=application/json' },
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'identity, br' },
  ])('of another type is 415, however good it is: %j', async (headers) => {
    expect(await behindInfra()(post('{"name":"a"}', headers))).toMatchObject({
      status: 415,
      hasPassed: false,
    })
  })

  test.each([
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/merge-patch+json',
  ])('may be %s', async (type) => {
    expect((await behindInfra()(post('{"name":"a"}', { 'content-type': type }))).hasPassed).toBe(
      true,
    )
  })

  test('that is missing passes unless it is required', async () => {
    expect((await behindInfra()({ method: 'POST' })).hasPassed).toBe(true)
    expect(await behindInfra({ body_required: true })({ method: 'POST' })).toMatchObject({
      status: 400,
    })
    expect((await behindInfra({ body_required: true })({ method: 'GET' })).hasPassed).toBe(true)
  })

  test('that is too large is 413', async () => {
    expect(await behindInfra({ max_size: 10 })(post('{"name":"abc"}'))).toMatchObject({
      status: 413,
    })
  })

  test('is judged by the draft that the schema names', async () => {
    const tuple = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      items: [{ type: 'string' }],
      additionalItems: false,
    }
    const ask = behind(validate, { body: tuple })
    expect((await ask(post('["a"]'))).hasPassed).toBe(true)
    expect((await ask(post('["a",1]'))).status).toBe(400)
  })
})

describe('a parameter', () => {
  const parameters = [
    { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1 } },
    { name: 'dry', in: 'query', schema: { type: 'boolean' } },
    {
      name: 'id',
      in: 'query',
      list: true,
      schema: { type: 'array', items: { type: 'integer' }, maxItems: 3 },
    },
    { name: 'kind', in: 'query', required: true, schema: { type: 'string', enum: ['vm', 'k8s'] } },
    { name: 'X-Version', in: 'header', schema: { type: 'number' } },
  ]
  const ask = behind(validate, { parameters })

  test.each([
    ['?kind=vm', {}, true],
    ['?kind=vm&limit=5&dry=true&id=1&id=2,3&other=x', { 'x-version': '1.5' }, true],
    ['', {}, false],
    ['?kind=', {}, false],
    ['?kind=VM', {}, false],
    ['?kind=vm&kind=k8s', {}, false],
    ['?kind=vm&%6bind=k8s', {}, false],
    ['?kind=vm&limit=0', {}, false],
    ['?kind=vm&limit=1.5', {}, false],
    ['?kind=vm&limit=0x5', {}, false],
    ['?kind=vm&limit=', {}, false],
    ['?kind=vm&limit=1&limit=2', {}, false],
    ['?kind=vm&other=x;limit=0', {}, false],
    ['?kind=vm;limit=0', {}, false],
    ['?other=x;kind=vm', {}, false],
    ['?kind=vm&other=x;y', {}, true],
    ['?kind=vm&other=x%3Blimit=0', {}, true],
    ['?kind=vm&dry=yes', {}, false],
    ['?kind=vm&id=1,2&id=3,4', {}, false],
    ['?kind=vm&id=a', {}, false],
    ['?kind=vm', { 'x-version': 'new' }, false],
  ])('%s with %j: %j', async (query, headers, passes) => {
    const passage = await ask({ path: `/${query}`, headers })
    expect(passage.hasPassed).toBe(passes)
    if (!passes) expect(passage.status).toBe(400)
  })
})

describe('a schema', () => {
  test.each([
    { $ref: '#/$defs/none' },
    { properties: { a: { $ref: 'https://evil.test/schema' } } },
    { properties: { a: { $ref: 'other.json#/a' } } },
    { pattern: '(' },
    { type: 'strin' },
    { allOf: [{ type: ['string', 'nil'] }] },
    { patternProperties: { '(': {} } },
    { properties: { a: { items: [{ type: 'string' }] } } },
    { additionalProperties: 'false' },
    { properties: { a: { required: true } } },
    { required: 'name' },
    { properties: [] },
    { anyOf: { type: 'string' } },
    { anyOf: [] },
    { enum: 'a' },
    { maxLength: '5' },
    { minimum: '5' },
    { exclusiveMinimum: true },
    { uniqueItems: 'yes' },
    { $dynamicRef: '#a' },
    { $ref: '#a' },
    { $defs: { a: { $id: 'b', $ref: '#/$defs/c' }, c: {} }, $ref: '#/$defs/a' },
    { components: { a: { type: 'strin' } }, $ref: '#/components/a' },
  ])('that cannot be used is found when it is read: %j', (body) => {
    expect(validate.options.safeParse({ body }).success).toBe(false)
  })

  test.each([
    { properties: { type: { type: 'string' }, pattern: {}, required: {}, $ref: {} } },
    { enum: [{ type: 'strin', pattern: '(' }], default: { required: 1 }, examples: [{ items: 0 }] },
    { $schema: 'http://json-schema.org/draft-04/schema#', minimum: 0, exclusiveMinimum: true },
    { $defs: { a: { $anchor: 'a', type: 'string' } }, $ref: '#a' },
    { components: { schemas: { a: true } }, $ref: '#/components/schemas/a' },
    { dependencies: { a: ['b'], c: { required: ['d'] } }, 'x-order': 1, nullable: true },
  ])('may say whatever JSON Schema has words for: %j', (body) => {
    expect(validate.options.safeParse({ body }).error).toBeUndefined()
  })

  test('tells where its fault is', () => {
    const body = { properties: { a: { anyOf: [{}, { required: 'b' }] } } }
    expect(validate.options.safeParse({ body }).error?.issues[0]?.message).toBe(
      'can not be used: #/properties/a/anyOf/1: "required" must be a list of texts',
    )
  })

  test('with a word that it does not have is told', () => {
    const body = { requird: ['a'], properties: { a: { additionalproperties: false }, b: {} } }
    const found = validate.remarks?.({ body }) ?? []
    expect(found.map(({ message }) => message.slice(0, 24))).toEqual([
      '"requird" is no keyword ',
      '"additionalproperties" i',
    ])
  })

  test('that compares all elements of a list does so with a thousand, not with a hundred thousand', async () => {
    const ask = behind(validate, { body: { properties: { a: { uniqueItems: true } } } })
    const list = (length: number) => Array.from({ length }, (_, index) => index)
    expect((await ask(post(JSON.stringify({ a: list(1000) })))).hasPassed).toBe(true)
    expect((await ask(post(JSON.stringify({ a: [...list(999), 7] })))).status).toBe(400)
    const start = performance.now()
    const refused = await ask(post(JSON.stringify({ a: list(100_000) })))
    expect(performance.now() - start).toBeLessThan(1000)
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('more than 1000 elements')
  })

  test('of an address is judged in no time, however it is written', async () => {
    const ask = behind(validate, { body: { properties: { a: { format: 'url' } } } })
    expect((await ask(post('{"a":"https://example.test/x?y=1"}'))).hasPassed).toBe(true)
    const start = performance.now()
    const hostile = JSON.stringify({ a: `http://${'a'.repeat(40)}!<` })
    expect((await ask(post(hostile))).status).toBe(400)
    expect(performance.now() - start).toBeLessThan(1000)
  })

  test('that refers to itself and nothing else lets nobody in', async () => {
    const ask = behind(validate, {
      body: { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } },
    })
    expect(await ask(post('{}'))).toMatchObject({ hasPassed: false })
  })

  test('with a pattern that may take for ever is told', () => {
    const risky = {
      body: {
        properties: {
          a: { pattern: '^(a+)+$' },
          b: { pattern: '^(ab?c)*d$' },
          c: { pattern: '^[a-z]+$' },
        },
        patternProperties: { '^(b*)*$': {} },
      },
    }
    const found = validate.remarks?.(risky) ?? []
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining('^(a+)+$'),
      expect.stringContaining('^(b*)*$'),
    ])
  })

  test('may refer to itself', async () => {
    const body = { properties: { next: { $ref: '#' } }, required: ['id'] }
    const ask = behind(validate, { body })
    expect((await ask(post('{"id":1,"next":{"id":2,"next":{"id":3}}}'))).hasPassed).toBe(true)
    expect((await ask(post('{"id":1,"next":{"id":2,"next":{}}}'))).status).toBe(400)
  })

  test('of a file that was not read closes the door', () => {
    expect(validate.options.safeParse({ openapi: 'a.yaml', operation: 'b' }).success).toBe(false)
    expect(() => behind(validate, { openapi: 'a.yaml', operation: 'b' })).toThrow()
  })
})
