import { describe, expect, test } from 'vitest'
import { freshKey } from '../support/script.ts'
import type { Host } from './host.ts'
import { echoOf, expectStamp, problemOf, useFixture, valuesOf } from './stage.ts'
import { fixedSigner, hmacToken } from './tokens.ts'

/** `mw-access`: one way in of several, or all of them. */
export function combinations(host: Host): void {
  const on = useFixture(host)

  const ask = (path: string, authorization?: string, more: Readonly<Record<string, string>> = {}) =>
    on.gateway.fetch(path, {
      headers: { ...more, ...(authorization !== undefined && { Authorization: authorization }) },
    })
  const refused = async (answer: Response, status: number) => {
    expect(answer.status).toBe(status)
    expectStamp(answer, false)
    await problemOf(answer)
    return answer.headers.get('www-authenticate')
  }

  describe('any of two tokens', () => {
    test('lets either in and keeps it from the upstream', async () => {
      const tokens = [
        await hmacToken(),
        `Bearer ${await hmacToken()}`,
        `Bearer ${await fixedSigner.sign()}`,
      ]
      for (const token of tokens) {
        const echo = await echoOf(await ask('/either/x', token, { 'X-User': 'forged' }))
        expect(valuesOf(echo, 'authorization')).toEqual([])
        expect(JSON.stringify(echo)).not.toContain('forged')
      }
    })

    test('tells who came, by the token that counted', async () => {
      for (const [sub, token] of [
        ['bob', `Bearer ${await hmacToken({ accessId: 'bob' })}`],
        ['carol', `Bearer ${await fixedSigner.sign({ sub: 'carol' })}`],
      ] as const) {
        const id = freshKey()
        await ask('/either/x', token, { 'X-Request-Id': id })
        await expect.poll(() => on.gateway.logs().join('\n')).toContain(id)
        const line = on.gateway.logs().find((text) => text.includes(id)) ?? '{}'
        expect(JSON.parse(line)).toMatchObject({ subject: sub })
      }
    })

    test('refuses what is neither', async () => {
      const key = freshKey()
      const bad = `Bearer ${await fixedSigner.sign({ exp: 1 })}`
      expect(await refused(await ask(`/either/${key}`, bad), 401)).toContain('has expired')
      expect(await refused(await ask(`/either/${key}`, 'Bearer x'), 401)).toMatch(/invalid_token/)
      expect(await on.first.seen(key)).toEqual([])
    })
  })

  describe('both tokens, as blocks are without mw-access', () => {
    test('are needed, each in its header', async () => {
      const key = freshKey()
      const [hmac, jwt] = [`Bearer ${await hmacToken()}`, await fixedSigner.sign({ sub: 'carol' })]
      await refused(await ask(`/both/${key}`, hmac), 401)
      await refused(await ask(`/both/${key}`, undefined, { 'X-Token': jwt }), 401)
      await refused(await ask(`/both/${key}`, `Bearer ${jwt}`, { 'X-Token': jwt }), 401)
      await refused(await ask(`/both/${key}`, hmac, { 'X-Token': hmac }), 401)
      expect(await on.first.seen(key)).toEqual([])
      const echo = await echoOf(await ask('/both/x', hmac, { 'X-Token': jwt }))
      expect(valuesOf(echo, 'authorization')).toEqual([])
      expect(valuesOf(echo, 'x-token')).toEqual([])
      expect(valuesOf(echo, 'x-user')).toEqual(['carol'])
    })
  })

  describe('an address or a token', () => {
    test('a token lets in from anywhere', async () => {
      await echoOf(await ask('/elsewhere-or-token/x', await hmacToken()))
    })

    test('without either, the client is told about the token', async () => {
      expect(await refused(await ask('/elsewhere-or-token/x'), 401)).toBe('Bearer')
    })
  })

  describe('an address together with a token, or another token', () => {
    test('the first needs both', async () => {
      await refused(await ask('/nested/x', await hmacToken()), 401)
      await echoOf(await ask('/nested/x', `Bearer ${await fixedSigner.sign()}`))
    })
  })
}
