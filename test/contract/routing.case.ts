import { describe, expect, test } from 'vitest'
import { freshKey, type Echo } from '../support/script.ts'
import type { Host } from './host.ts'
import { describeOn, echoOf, problemOf, useFixture } from './stage.ts'

/** Which route wins, and what happens when none does. */
export function routing(host: Host): void {
  precedence(host)
  misses(host)
  spellings(host)
  oddPaths(host)
  parameters(host)
}

function precedence(host: Host): void {
  const on = useFixture(host)
  describe('precedence', () => {
    test.each([
      ['static text before a parameter', 'GET', '/items/featured', '/static'],
      ['a parameter before a wildcard', 'GET', '/items/7', '/parameter/7'],
      ['a wildcard takes what remains', 'GET', '/items/7/8', '/items/7/8'],
      ['a longer pattern before the wildcard', 'GET', '/items/7/parts/9', '/parts/9/of/7'],
      ['each method by itself', 'POST', '/items/7', '/created/7'],
      [
        'a static path of another method hides nothing',
        'POST',
        '/items/featured',
        '/created/featured',
      ],
      ['the wildcard takes methods that nobody else does', 'PATCH', '/items/7', '/items/7'],
      ['colon syntax', 'GET', '/colon/ns01/vm-1', '/ns/ns01/vm/vm-1'],
      ['a prefix parameter', 'GET', '/files/v-3', '/prefix/3'],
      ['a suffix parameter', 'GET', '/docs/report.json', '/suffix/report'],
      ['a suffix parameter that holds the suffix', 'GET', '/docs/a.json.json', '/suffix/a.json'],
      ['a bypass with nothing behind it', 'GET', '/raw/', '/raw/'],
      ['empty segments of a bypass', 'GET', '/raw//a///b/', '/raw//a///b/'],
    ])('%s', async (_, method, path, expected) => {
      const echo = await echoOf(await on.gateway.fetch(path, { method }))
      expect(echo).toMatchObject({ server: 'first', method, url: expected })
    })

    test('HEAD is answered wherever GET is, with the same headers and no body', async () => {
      const get = await on.gateway.fetch('/items/featured')
      const head = await on.gateway.fetch('/items/featured', { method: 'HEAD' })
      expect(head.status).toBe(200)
      expect(await head.text()).toBe('')
      expect(await get.text()).not.toBe('')
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
      expect(head.headers.get('x-cb-restapigw-completed')).toBe('true')
    })
  })
}

function misses(host: Host): void {
  const on = useFixture(host)
  describe('misses', () => {
    test.each(['/nowhere', '/', '/hidden', '/colon/only-one', '/files/3', '/docs/.json'])(
      '%s is 404',
      async (path) => {
        const answer = await on.gateway.fetch(path)
        expect(answer.status).toBe(404)
        await problemOf(answer)
      },
    )

    test('a known path with another method is 405 with Allow', async () => {
      const answer = await on.gateway.fetch('/orders/new')
      expect(answer.status).toBe(405)
      const allow = listOf(answer.headers.get('allow'))
      expect(allow).toContain('POST')
      expect(allow).not.toContain('GET')
      await problemOf(answer)
    })

    test('OPTIONS without a preflight is 204 with Allow', async () => {
      const answer = await on.gateway.fetch('/one/x', { method: 'OPTIONS' })
      expect(answer.status).toBe(204)
      expect(await answer.text()).toBe('')
      const allow = listOf(answer.headers.get('allow'))
      expect(allow).toEqual(expect.arrayContaining(['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']))
      expect(allow).not.toContain('PUT')
    })

    test('OPTIONS of an unknown path is 404', async () => {
      expect((await on.gateway.fetch('/nowhere', { method: 'OPTIONS' })).status).toBe(404)
    })
  })
}

const listOf = (header: string | null): readonly string[] => (header ?? '').split(/\s*,\s*/)

function spellings(host: Host): void {
  const on = useFixture(host)
  describe('other spellings redirect', () => {
    test.each([
      ['GET', '/Folder/Inner', 301, '/Folder/Inner/'],
      ['HEAD', '/Folder/Inner', 301, '/Folder/Inner/'],
      ['GET', '/folder/INNER/', 301, '/Folder/Inner/'],
      ['GET', '/folder/inner?a=1&b=%20', 301, '/Folder/Inner/?a=1&b=%20'],
      ['POST', '/orders/new/', 308, '/orders/new'],
      ['POST', '/ORDERS/new', 308, '/orders/new'],
      ['GET', '/one/AbC/', 301, '/one/AbC'],
      ['GET', '/ONE/AbC', 301, '/one/AbC'],
      ['GET', '/raw', 301, '/raw/'],
      ['POST', '/raw', 308, '/raw/'],
    ])('%s %s', async (method, path, status, location) => {
      const answer = await on.gateway.fetch(path, { method })
      expect(answer.status).toBe(status)
      const target = new URL(answer.headers.get('location') ?? '', 'http://gateway.test')
      expect(target.pathname + target.search).toBe(location)
    })
  })

  describeOn(host, 'socket', 'a redirect can not be led elsewhere', () => {
    test.each(['//evil.example/folder/inner', '//evil.example/..', '/\\evil.example/', '//raw'])(
      '%s',
      async (target) => {
        const answer = await on.wire.ask({ target })
        const location = answer.header('location') ?? '/'
        expect(new URL(location, on.wire.host).origin).toBe(new URL(on.wire.host).origin)
        expect(location).not.toMatch(/^\/[/\\]/)
      },
    )
  })
}

function oddPaths(host: Host): void {
  const on = useFixture(host)
  describe('paths that could be read in two ways are 400', () => {
    test.each([
      ['NUL', '/raw/KEY/a%00b'],
      ['a line break', '/one/KEY%0d%0aX-Evil:1'],
      ['a control character', '/raw/KEY/%1b%7f'],
      ['invalid UTF-8', '/raw/KEY/%ff%fe'],
      ['an overlong dot', '/raw/KEY/%c0%ae%c0%ae/x'],
      ['a lone surrogate', '/raw/KEY/%ed%a0%80'],
      ['an incomplete escape', '/raw/KEY/%2'],
      ['an escape that is none', '/raw/KEY/%zz'],
      ['dots behind an encoded slash', '/raw/KEY/a%2f..%2fb'],
      ['dots behind an encoded backslash', '/one/KEY%5c..'],
    ])('%s', async (_, template) => {
      const key = freshKey()
      const answer = await on.gateway.fetch(template.replace('KEY', key))
      expect(answer.status).toBe(400)
      await problemOf(answer)
      expect(await on.first.seen(key)).toEqual([])
    })
  })

  describeOn(host, 'socket', 'dot segments and raw bytes are 400', () => {
    test.each([
      '/raw/../one/KEY',
      '/raw/KEY/./a',
      '/raw/KEY/..',
      '/raw/KEY/.',
      '/raw/KEY/%2e%2e/a',
      '/raw/KEY/%2E%2e',
      '/raw/KEY/.%2e/a',
      '/raw/KEY/%2e',
      '/raw/KEY/..%2fa',
      '/raw/KEY/..%5ca',
      '/raw/KEY\\..\\a',
      '/raw/../__health?KEY',
      '/%2e%2e/raw/KEY',
    ])('%s', async (template) => {
      const key = freshKey()
      const answer = await on.wire.ask({ target: template.replace('KEY', key) })
      expect(answer.status).toBe(400)
      expect(await on.first.seen(key)).toEqual([])
    })

    test.each([
      '/raw/KEY/.../a',
      '/raw/KEY/.well-known/a..b/..c',
      '/raw/KEY/%252e%252e/a',
      "/raw/KEY/a;b=1,2/!$&'()*+=:@-._~",
      '/raw/KEY/%2Fa%2f%5C%7e%41',
      '/raw/KEY/%ED%95%9C%EA%B8%80',
      '/raw/KEY//',
      '/raw/KEY?a[]=1&b=/?:@-._~!$()*,;&&=&c=%zz%00%2F&d+e',
    ])('%s passes byte for byte', async (template) => {
      const key = freshKey()
      const target = template.replace('KEY', key)
      const answer = await on.wire.ask({ target })
      expect(answer.status).toBe(200)
      expect((JSON.parse(answer.text) as Echo).url).toBe(target)
    })

    test('a quote in the query arrives encoded, which is how the platform writes URLs', async () => {
      const answer = await on.wire.ask({ target: "/raw/x?a='b'" })
      expect((JSON.parse(answer.text) as Echo).url).toBe('/raw/x?a=%27b%27')
    })

    test.each(['/raw/x?{|}', '/raw/x?"<>^`', '/raw/x#fragment', '/raw/{x}|', '/raw/x?\u00ff'])(
      'what is no URL is passed or refused, and the gateway lives: %s',
      async (target) => {
        const answer = await on.wire.ask({ target })
        expect([200, 400]).toContain(answer.status)
        expect((await on.gateway.fetch('/items/1')).status).toBe(200)
      },
    )

    test.each(['GET raw/x HTTP/1.1', 'GET /raw/\u0000 HTTP/1.1', 'GET /raw/a b HTTP/1.1', 'x'])(
      'the request line %j is refused and the gateway lives',
      async (line) => {
        const answer = await on.wire.send(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`)
        expect(answer.status).toBe(400)
        expect((await on.gateway.fetch('/items/1')).status).toBe(200)
      },
    )

    test('an absolute request target never chooses the upstream', async () => {
      const key = freshKey()
      const answer = await on.wire.ask({ target: `${on.second.url}/one/${key}` })
      expect(answer.status).toBeLessThan(500)
      expect(await on.second.seen(key)).toEqual([])
    })

    test('methods that nobody knows pass through a bypass', async () => {
      const answer = await on.wire.ask({ method: 'PURGE', target: '/raw/x' })
      expect(JSON.parse(answer.text)).toMatchObject({ method: 'PURGE', url: '/raw/x' })
    })

    test.each(['TRACE', 'CONNECT', 'get', 'G\u00cbT', 'A'.repeat(5000)])(
      'the method %.10s reaches no formatted route, and the gateway lives',
      async (method) => {
        const key = freshKey()
        const answer = await on.wire.ask({ method, target: `/one/${key}` })
        expect(answer.status).toBeGreaterThanOrEqual(400)
        expect(await on.first.seen(key)).toEqual([])
        expect((await on.gateway.fetch('/items/1')).status).toBe(200)
      },
    )

    test('TRACE, which is answered with what was sent, carries no credentials', async () => {
      const key = freshKey()
      await on.wire.ask({ method: 'TRACE', target: `/guarded-raw/${key}` })
      expect(JSON.stringify(await on.first.seen(key))).not.toContain('MARKER')
    })
  })
}

function parameters(host: Host): void {
  const on = useFixture(host)
  describe('a parameter stays one path segment', () => {
    test.each([
      'a%2Fb',
      'a%5Cb',
      '%2F',
      '%2Fetc%2Fpasswd',
      'x%3Fy=1',
      'x%23y',
      'x%3Fy%23z%26a',
      '@evil.example',
      '%40evil.example%3A80',
      'http%3A%2F%2Fevil.example',
      '%2F%2Fevil.example%2Fx',
      'a%25b',
      '%252e%252e',
      'a%20b',
      'a+b',
      ';x=1',
      '%7Bid%7D',
      '%7B%7B.Id%7D%7D',
      '$%7BGUARDED_PASSWORD%7D',
      '%ED%95%9C%EA%B8%80',
      "!$&'()*,=:~",
      '__proto__',
    ])('%s', async (value) => {
      const echo = await echoOf(await on.gateway.fetch(`/items/${value}`))
      expect(echo.server).toBe('first')
      const [, name, segment = '', ...more] = echo.url.split('/')
      expect(name).toBe('parameter')
      expect(more).toEqual([])
      expect(segment).not.toMatch(/[?#\\]/)
      expect(decodeURIComponent(segment)).toBe(decodeURIComponent(value))
    })

    test.each(['a%26b%3D1', 'a+b', 'x%23y', '%3F', 'a%20b', '%ED%95%9C'])(
      'and in a query one value: %s',
      async (value) => {
        const echo = await echoOf(await on.gateway.fetch(`/search/${value}`))
        const url = new URL(echo.url, 'http://upstream.test')
        expect([...url.searchParams]).toEqual([
          ['term', decodeURIComponent(value)],
          ['fixed', '1'],
        ])
      },
    )
  })
}
