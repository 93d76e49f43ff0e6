import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Exchange } from '../http/context.ts'
import { formatLogLine } from './log-line.ts'
import type { LogRecord } from './log-record.ts'

const record = (exchange: Partial<Exchange> = {}, rest: Partial<LogRecord> = {}): LogRecord => ({
  exchange: {
    requestId: 'r-1',
    trace: { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', isSampled: true },
    sent: new Map(),
    client: '192.0.2.7',
    method: 'GET',
    path: '/ns/default',
    params: {},
    query: '',
    startedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    later: () => {},
    route: 'list',
    calls: [],
    ...exchange,
  },
  status: 200,
  bytes: 12,
  durationMs: 7,
  ...rest,
})
const json = (exchange?: Partial<Exchange>, rest?: Partial<LogRecord>) =>
  JSON.parse(formatLogLine('json', record(exchange, rest))) as Record<string, unknown>
const text = (exchange?: Partial<Exchange>, rest?: Partial<LogRecord>) =>
  formatLogLine('cb-log', record(exchange, rest))

const calls = [
  { name: 'spider', target: 'http://spider:1024', status: 200, ms: 3 },
  { name: 'tumblebug', target: 'http://tumblebug:1323', status: 0, ms: 9 },
]

describe('the JSON line', () => {
  test('says exactly this about a request', () => {
    const given = { calls, query: '?a=1&b', error: 'no answer' }
    expect(Object.entries(json(given))).toEqual([
      ['time', '2026-01-02T03:04:05.006Z'],
      ['request_id', 'r-1'],
      ['trace_id', '4bf92f3577b34da6a3ce929d0e0e4736'],
      ['client', '192.0.2.7'],
      ['method', 'GET'],
      ['route', 'list'],
      ['path', '/ns/default'],
      ['status', 200],
      ['bytes', 12],
      ['duration_ms', 7],
      ['upstream', calls],
      ['query', ['a', 'b']],
      ['error', 'no answer'],
    ])
  })

  test('has null for a length that nobody knows and for an error that is none', () => {
    expect(json({}, { bytes: null })).toMatchObject({ bytes: null, error: null })
    expect(json({}, { bytes: Number.NaN })).toMatchObject({ bytes: null })
  })

  test('tells the time to the millisecond', () => {
    const start = Date.UTC(2026, 0, 2, 3, 4, 5, 999)
    expect(json({ startedAt: start })['time']).toBe('2026-01-02T03:04:05.999Z')
    expect(json({ startedAt: start + 1 })['time']).toBe('2026-01-02T03:04:06.000Z')
    expect(json({ startedAt: start - 999 })['time']).toBe('2026-01-02T03:04:05.000Z')
  })

  test('shows four facts of an upstream call and no more', () => {
    const [call] = calls
    const tattling = { ...call, authorization: 'secret' } as (typeof calls)[number]
    expect(json({ calls: [tattling] })['upstream']).toEqual([call])
  })
})

describe('the cb-log line', () => {
  test('reads like those of Cloud-Barista', () => {
    expect(text({ calls, query: '?a=1&b' })).toBe(
      '[cb-restapigw].[INFO]: 2026-01-02 03:04:05 - [API G/W] GET /ns/default 200\t[request_id=r-1,' +
        'trace_id=4bf92f3577b34da6a3ce929d0e0e4736,client=192.0.2.7,route=list,bytes=12,duration_ms=7,' +
        'upstream=spider@http://spider:1024:200:3ms tumblebug@http://tumblebug:1323:0:9ms,query=a b]',
    )
  })

  test('has the level ERROR for a failure of the gateway or an upstream', () => {
    expect(text({}, { status: 502 })).toContain('.[ERROR]: ')
    expect(text({ error: 'no answer' })).toContain(',error=no answer]')
    expect(text({}, { status: 404 })).toContain('.[INFO]: ')
  })

  test('quotes a value that could pass for another field', () => {
    expect(text({ route: 'a,status=200] ' })).toContain('route="a,status=200] ",bytes')
  })
})

describe('of the query only names are shown', () => {
  test.each([
    ['', []],
    ['?', []],
    ['?a', ['a']],
    ['?a=1&a=2&&b=&=c', ['a', 'a', 'b']],
    ['?X-Amz-Signature=secret&X-Amz-Credential=secret', ['X-Amz-Signature', 'X-Amz-Credential']],
    ['?a=b=secret&c=%26d%3Dsecret', ['a', 'c']],
    ['?X-Amz-Signature%3Dsecret', ['X-Amz-Signature…']],
    ['?X-Amz-Signature%3dsecret', ['X-Amz-Signature…']],
    ['?X-Amz-Signature%253Dsecret', ['X-Amz-Signature…']],
    ['?X-Amz-Signature%25252525253Dsecret', ['X-Amz-Signature…']],
    ['?%58-Amz-Signature%3Dsecret', ['…']],
    ['?a%26X-Amz-Signature%3Dsecret', ['a…']],
    ['?%EC%9D%B4%EB%A6%84=secret', ['%EC%9D%B4%EB%A6%84']],
  ])('%s', (query, names) => {
    expect(json({ query })['query']).toEqual(names)
  })

  test('at most 32 of them, at most 64 characters each', () => {
    const query = `?${'n'.repeat(10_000)}=1${'&x=1'.repeat(1000)}`
    const names = json({ query })['query'] as string[]
    expect(names).toHaveLength(32)
    expect(names[0]).toBe(`${'n'.repeat(64)}…`)
  })
})

describe('a path', () => {
  test.each([
    ['/a/%ED%95%9C%EA%B5%AD', '/a/%ED%95%9C%EA%B5%AD'],
    ['/bucket/a%20b', '/bucket/a%20b'],
    ['/bucket/key%3FX-Amz-Signature=secret', '/bucket/key…'],
    ['/bucket/key%253fX-Amz-Signature%253Dsecret', '/bucket/key…'],
    ['/bucket/key&X-Amz-Signature=secret', '/bucket/key…'],
    ['/bucket/key&%58-aMZ-Signature=secret', '/bucket/key…'],
    ['/bucket/x-amz-security-token%3Dsecret', '/bucket/…'],
  ])('%s is shown as %s', (path, shown) => {
    expect(json({ path })['path']).toBe(shown)
  })

  test('is cut when it is too long', () => {
    expect(json({ path: `/${'a'.repeat(20_000)}` })['path']).toBe(`/${'a'.repeat(1023)}…`)
  })
})

describe('an error', () => {
  test.each([
    ['fetch of http://a/b?X-Amz-Signature=secret failed', 'fetch of http://a/b?… failed'],
    ['bad header Authorization: Basic secret', 'bad header Authorization: …'],
    ['bad header "cookie": "secret=1"', 'bad header "cookie": …'],
    ['X-Amz-Security-Token=secret is bad', 'X-Amz-Security-Token= …'],
    ['refused bearer secret', 'refused bearer …'],
    ['AWS4-HMAC-SHA256 Credential=secret', 'AWS4-HMAC-SHA256 …'],
  ])('%s is shown as %s', (error, shown) => {
    expect(json({ error })['error']).toBe(shown)
  })

  test('is cut when it is too long', () => {
    expect(String(json({ error: 'a'.repeat(5000) })['error']).length).toBeLessThan(2100)
  })
})

describe('whatever a client sends', () => {
  const anything = fc.string({ unit: 'binary', maxLength: 60 })
  const exchange = fc.record({
    requestId: anything,
    method: anything,
    path: anything,
    query: anything.map((rest) => `?${rest}`),
    client: anything,
    route: anything,
    error: fc.option(anything, { nil: undefined as never }),
  })

  test('each format makes one line that steers no terminal', () => {
    const active = /(?!\t)[\p{Cc}\p{Zl}\p{Zp}]/u
    fc.assert(
      fc.property(exchange, (given) => {
        expect(active.test(formatLogLine('json', record(given)))).toBe(false)
        expect(active.test(text(given))).toBe(false)
        expect(text(given).split('\t')).toHaveLength(2)
        const line = json(given)
        expect(line).toMatchObject({ client: given.client, route: given.route, status: 200 })
        expect(Object.keys(line)).toHaveLength(13)
      }),
    )
  })

  test('no value of the query is shown', () => {
    const name = fc.stringMatching(/^[a-zA-Z0-9%_-]{0,12}$/)
    const equals = fc.constantFrom('=', '%3D', '%3d', '%253D', '%25253d')
    const pair = fc.tuple(name, equals).map(([key, sign]) => `${key}${sign}s3cr3t`)
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 5 }), (pairs) => {
        const query = `?${pairs.join('&')}`
        expect(formatLogLine('json', record({ query }))).not.toContain('s3cr3t')
        expect(text({ query })).not.toContain('s3cr3t')
      }),
    )
  })
})
