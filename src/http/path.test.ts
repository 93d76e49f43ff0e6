import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkPath, splitTarget } from './path.ts'

describe('splitTarget', () => {
  it.each([
    ['http://h/a/b?x=1', '/a/b', '?x=1'],
    ['https://h:8443', '/', ''],
    ['http://h//a%2Fb/../?', '//a%2Fb/../', '?'],
    ['http://h/?q=a/b?c', '/', '?q=a/b?c'],
  ])('splits %s without changing a byte', (url, path, query) => {
    expect(splitTarget(url)).toEqual({ path, query })
  })
})

describe('checkPath', () => {
  it.each([
    '/',
    '/a/b',
    '/a//b/',
    '/ns/%E2%82%AC',
    '/a%2Fb',
    '/a%5Cb',
    '/x..y/...',
    '/%252e%252e/',
    "/it's(ok)*;=,+@:$&!~",
    '/.well-known/x',
  ])('accepts %s', (path) => {
    expect(checkPath(path)).toEqual({ ok: true, value: path })
  })

  it.each([
    '/a/../b',
    '/..',
    '/./a',
    '/a/%2e%2E/b',
    '/a/.%2e',
    '/%2e',
    '/a%2f..%2fb',
    '/a%5c..%5cb',
    '/a\\b',
    '/a%00b',
    '/a%0d%0ab',
    '/%7f',
    '/%ff',
    '/%c0%ae%c0%ae/',
    '/%zz',
    '/%',
    '/%e2%82',
  ])('refuses %s', (path) => {
    expect(checkPath(path).ok).toBe(false)
  })

  it('never accepts a path that decodes to a dot segment or a control character', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2F',
      '%5c',
      'a',
      '%00',
      '%c3%a9',
      '\\',
      '%0a',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const path = `/${pieces.join('')}`
        if (!checkPath(path).ok) return
        const decoded = decodeURIComponent(path)
        expect(decoded.split(/[/\\]/)).not.toContain('..')
        expect(decoded.split(/[/\\]/)).not.toContain('.')
        // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
        expect(decoded).not.toMatch(/[\u0000-\u001f\u007f]/)
      }),
    )
  })
})
