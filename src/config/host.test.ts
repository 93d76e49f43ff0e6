import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseHost } from './host.ts'

test.each([
  ['cb-spider', 'http://cb-spider', ''],
  ['cb-spider:1024', 'http://cb-spider:1024', ''],
  ['http://cb-spider:1024', 'http://cb-spider:1024', ''],
  ['http://cb-spider:1024/', 'http://cb-spider:1024', ''],
  ['HTTPS://Example.org', 'https://Example.org', ''],
  ['https://example.org:8443/base', 'https://example.org:8443', '/base'],
  ['example.org/base/path/', 'http://example.org', '/base/path'],
  ['a_b.c-d:80', 'http://a_b.c-d:80', ''],
  ['[::1]:1024', 'http://[::1]:1024', ''],
  ['https://[fd00::1]/x', 'https://[fd00::1]', '/x'],
  ['[::ffff:127.0.0.1]', 'http://[::ffff:127.0.0.1]', ''],
  ['127.0.0.1:1', 'http://127.0.0.1:1', ''],
])('%s is read', (text, origin, basePath) => {
  expect(parseHost(text)).toEqual({ ok: true, value: { origin, basePath } })
})

test.each([
  ['', 'This is no host.'],
  ['/', 'This is no host.'],
  ['//evil', 'This is no host.'],
  ['a b', 'This is no host.'],
  ['a\nb', 'This is no host.'],
  ['a:b', 'This is no host.'],
  ['::1', 'This is no host.'],
  ['http://', 'This is no host.'],
  ['http:///x', 'This is no host.'],
  ['a\\b', 'This is no host.'],
  ['ftp://a', 'Only http and https can be called.'],
  ['file:///etc/passwd', 'Only http and https can be called.'],
  ['user:hunter2@a', 'A host holds no credentials.'],
  ['http://user@a', 'A host holds no credentials.'],
  ['a?x=1', 'A host holds no query and no fragment.'],
  ['a/b#c', 'A host holds no query and no fragment.'],
  ['a:0', 'The port 0 is out of range.'],
  ['a:65536', 'The port 65536 is out of range.'],
  ['[::zz]', 'This is no host.'],
  ['[1.2.3.4]', 'The brackets hold no IPv6 address.'],
  ['999.999.999.999', 'This is no valid host name.'],
  ['a/../b', 'The base path holds a dot segment.'],
  ['a/%2E%2e', 'The base path holds a dot segment.'],
])('%j is refused: %s', (text, message) => {
  const result = parseHost(text)
  expect(result).toMatchObject({ ok: false, error: { message } })
  expect(JSON.stringify(result)).not.toContain('hunter2')
})

test('what is accepted is a URL of the same host, without credentials, query or fragment', () => {
  const piece = fc.constantFrom(
    'http://',
    'https://',
    'a',
    'b.c',
    '[::1]',
    ':',
    '80',
    '/',
    '@',
    '?',
    '#',
    '..',
    ' ',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const result = parseHost(pieces.join(''))
      if (!result.ok) return
      const url = new URL(result.value.origin + result.value.basePath)
      expect([url.username, url.password, url.search, url.hash]).toEqual(['', '', '', ''])
      expect(url.pathname).toBe(result.value.basePath || '/')
    }),
  )
})
