import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NOON } from '../../http/installation.fixture.ts'
import { toHex } from '../../lib/hex.ts'
import { behind } from '../policy.fixture.ts'
import { authHmac } from './index.ts'
import { importSecret, makeToken } from './token.ts'

const KEY = 'demo-key'

/** From cb-restapigw itself: key `demo-key`, made at Tue Jul 13 04:30:50 UTC 2021, good for 5m, id `alice`. */
const ORIGINAL =
  '846dd454004de2a8b07512431894d6c2bd55e5fd77cbd35d14c090b3bc36450d' +
  '7c7c547565204a756c2031332030343a33303a35302055544320323032317c356d7c616c696365'
const ORIGINAL_MADE_AT = Date.UTC(2021, 6, 13, 4, 30, 50)

async function tokenOf(content: Partial<Parameters<typeof makeToken>[1]> = {}, secret = KEY) {
  const key = await importSecret(secret)
  if (key === undefined) throw new Error('an empty key makes no token')
  return makeToken(key, { accessId: 'alice', duration: '5m', madeAtMs: NOON, ...content })
}

const at = (now: number, options: Record<string, unknown> = {}) => {
  const ask = behind(
    authHmac,
    { secure_key: KEY, access_ids: ['alice', 'bob'], ...options },
    { now: () => now },
  )
  return (authorization?: string) =>
    ask(authorization === undefined ? {} : { headers: { authorization } })
}

describe('a good token', () => {
  test.each(['', 'Bearer ', 'bearer ', 'BEARER   '])('passes behind %j', async (prefix) => {
    const passage = await at(ORIGINAL_MADE_AT)(prefix + ORIGINAL)
    expect(passage.hasPassed).toBe(true)
    expect(passage.exchange.identity).toEqual({ kind: 'hmac', subject: 'alice', claims: {} })
  })

  test('passes in upper-case digits', async () => {
    expect((await at(ORIGINAL_MADE_AT)(ORIGINAL.toUpperCase())).hasPassed).toBe(true)
  })

  test.each([
    [-60_000, true],
    [-61_000, false],
    [0, true],
    [300_000, true],
    [300_001, false],
  ])('that is read %i ms after it was made: %j', async (later, passes) => {
    const passage = await at(ORIGINAL_MADE_AT + later)(ORIGINAL)
    expect(passage.hasPassed).toBe(passes)
    expect(passage.status).toBe(passes ? 200 : 401)
  })

  test('is made as the original makes it', async () => {
    expect(await tokenOf({ madeAtMs: ORIGINAL_MADE_AT })).toBe(ORIGINAL)
  })

  test('passes whatever bytes its digest holds', async () => {
    // The original splits at the first `||` of the whole and refuses these.
    const ask = at(NOON)
    let tried = 0
    for (let second = 0; tried < 3; second++) {
      const token = await tokenOf({ madeAtMs: NOON - second * 1000, duration: '100h' })
      if (!/^(?:..){0,31}7c7c|^.{62}7c/.test(token)) continue
      tried++
      expect((await ask(token)).hasPassed).toBe(true)
    }
  })
})

describe('anything else is 401', () => {
  const refused = async (authorization: string | undefined, options = {}, now = NOON) => {
    const passage = await at(now, options)(authorization)
    expect(passage).toMatchObject({ status: 401, hasPassed: false })
    expect(passage.exchange.identity).toBeUndefined()
    expect(passage.headers.get('content-type')).toBe('application/problem+json')
    expect(passage.text).not.toContain(KEY)
    return passage.headers.get('www-authenticate')
  }

  test('no token, without an error code', async () => {
    expect(await refused(undefined)).toBe('Bearer')
  })

  test('a token that has expired or is not valid yet, and says so', async () => {
    expect(await refused(ORIGINAL)).toBe(
      'Bearer error="invalid_token", error_description="The token has expired"',
    )
    expect(await refused(await tokenOf({ madeAtMs: NOON + 120_000 }))).toContain('not valid yet')
  })

  test('what is expired and forged is only forged', async () => {
    expect(await refused(ORIGINAL, { secure_key: 'other' })).toBe('Bearer error="invalid_token"')
  })

  test.each([
    ['another key', {}, 'other'],
    ['an id that is not listed', { access_ids: ['bob'] }, KEY],
    ['an id that is listed in other letters', { access_ids: ['Alice', 'alice '] }, KEY],
    ['no ids at all', { access_ids: [] }, KEY],
    ['no key at all', { secure_key: '' }, KEY],
  ])('a token with %s', async (_, options, secret) => {
    expect(await refused(await tokenOf({}, secret), options)).toBe('Bearer error="invalid_token"')
  })

  test('two tokens at once', async () => {
    const token = await tokenOf()
    await refused(`Bearer ${token}, Bearer ${token}`)
  })

  test.each([
    '',
    'Bearer',
    'Basic YTpi',
    'Bearer zz',
    'Bearer 00',
    '7c7c',
    `${'00'.repeat(32)}7c7c`,
  ])('what is no token: %j', async (authorization) => {
    await refused(authorization)
  })

  test('a token with one byte changed', async () => {
    const token = await tokenOf()
    const ask = at(NOON, { access_ids: ['alice'] })
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length / 2 - 1),
        fc.integer({ min: 1, max: 255 }),
        async (index, change) => {
          const bytes = Buffer.from(token, 'hex')
          bytes[index] = (bytes[index] ?? 0) ^ change
          expect((await ask(toHex(bytes))).hasPassed).toBe(false)
        },
      ),
    )
  })

  test('a token that is longer or shorter than it was', async () => {
    const token = await tokenOf()
    for (const other of [
      token.slice(2),
      token.slice(0, -2),
      `${token}00`,
      `00${token}`,
      token.slice(1),
    ]) {
      await refused(other)
    }
  })

  test.each(['KST', 'EST', 'utc', '', 'UTC+9'])('a date of the zone %j', async (zone) => {
    const key = await crypto.subtle.importKey(
      'raw',
      Buffer.from(KEY),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    )
    const timestamp = `Mon Jun  1 12:00:00 ${zone} 2026`
    const digest = await crypto.subtle.sign('HMAC', key, Buffer.from(`5m^${timestamp}^alice`))
    await refused(toHex(new Uint8Array(digest)) + toHex(Buffer.from(`||${timestamp}|5m|alice`)))
  })
})
