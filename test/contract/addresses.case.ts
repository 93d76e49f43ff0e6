import { describe, expect, test } from 'vitest'
import type { Configuration, Host } from './host.ts'
import { describeOn, echoOf, fixture, useConfiguration, useFixture, valuesOf } from './stage.ts'

const FORGED = '6.6.6.6'
const CLAIMS = {
  'True-Client-IP': FORGED,
  'X-Real-IP': FORGED,
  Forwarded: `for=${FORGED}`,
  'X-Forwarded-For': FORGED,
  'X-Client-IP': FORGED,
  'X-Cluster-Client-IP': FORGED,
  'X-Original-Forwarded-For': FORGED,
}

/** Who the client is, and what it can not claim. */
export function addresses(host: Host): void {
  const on = useFixture(host)

  describe('the address of the client', () => {
    test.each(['/one/x', '/raw/x', '/guarded/x'])('is told to the upstream: %s', async (path) => {
      const echo = await echoOf(await on.gateway.fetch(path))
      expect(valuesOf(echo, 'x-forwarded-for')).toEqual([host.clientAddress])
    })

    test.each(['/one/x', '/raw/x'])('can not be claimed by a client: %s', async (path) => {
      const echo = await echoOf(await on.gateway.fetch(path, { headers: CLAIMS }))
      expect(valuesOf(echo, 'x-forwarded-for')).toEqual([host.clientAddress])
      expect(JSON.stringify(echo.headers)).not.toContain(FORGED)
    })
  })

  describeOn(host, 'unforgeable-address', 'the address on the socket', () => {
    test('is no matter of CF-Connecting-IP', async () => {
      const headers = { 'CF-Connecting-IP': FORGED, 'CF-Connecting-IPv6': '::6', ...CLAIMS }
      for (const path of ['/one/x', '/raw/x', '/merge/x']) {
        const echo = await echoOf(await on.gateway.fetch(path, { headers }))
        expect(valuesOf(echo, 'x-forwarded-for')).toEqual([host.clientAddress])
        expect(JSON.stringify(echo.headers)).not.toContain(FORGED)
      }
    })

    test('is the one in the log', async () => {
      const id = `address-${Date.now()}`
      const headers = { 'CF-Connecting-IP': FORGED, ...CLAIMS, 'X-Request-Id': id }
      await on.gateway.fetch('/one/x', { headers })
      await expect.poll(() => on.gateway.logs().join('\n')).toContain(id)
      const line = on.gateway.logs().find((text) => text.includes(id)) ?? '{}'
      expect(JSON.parse(line)).toMatchObject({ client: host.clientAddress })
      expect(line).not.toContain(FORGED)
    })
  })

  describeOn(host, 'socket', 'the address on the wire', () => {
    test('can not be claimed by several headers', async () => {
      const answer = await on.wire.ask({
        target: '/raw/x',
        headers: [
          ['x-forwarded-for', FORGED],
          ['X-Forwarded-For', `${FORGED}, ${host.clientAddress}`],
          ['X-FORWARDED-FOR', FORGED],
          ['X_Forwarded_For', FORGED],
        ],
      })
      const echo = JSON.parse(answer.text)
      expect(valuesOf(echo, 'x-forwarded-for')).toEqual([host.clientAddress])
      expect(answer.text).not.toContain(FORGED)
    })
  })
}

const trusting = (proxies: string): Configuration => ({
  ...fixture,
  system: `${fixture.system}\ntrusted_proxies: [${proxies}]\n`,
})

/** Runs gateways of its own, so it comes after the cases that share one. */
export function trustedProxies(host: Host): void {
  describe('behind a trusted proxy', () => {
    const on = useConfiguration(host, trusting(`${host.clientAddress}/8, "2001:db8::/32"`))
    test.each([
      ['198.51.100.7', '198.51.100.7'],
      ['6.6.6.6, 198.51.100.7', '198.51.100.7'],
      [`6.6.6.6, 198.51.100.7, ${host.clientAddress}`, '198.51.100.7'],
      [`6.6.6.6,198.51.100.7 ,2001:db8::1, ${host.clientAddress}`, '198.51.100.7'],
      ['2606:4700::1', '2606:4700::1'],
      ['nonsense', host.clientAddress],
      ['6.6.6.6, nonsense', host.clientAddress],
      ['', host.clientAddress],
    ])('the rightmost untrusted entry counts: %s', async (claimed, client) => {
      const headers = { 'X-Forwarded-For': claimed, 'X-Real-IP': FORGED }
      const echo = await echoOf(await on.gateway.fetch('/one/x', { headers }))
      expect(valuesOf(echo, 'x-forwarded-for')).toEqual([client])
    })
  })

  describe('a client that is no trusted proxy', () => {
    const on = useConfiguration(host, trusting('198.51.100.0/24'))
    test('is believed nothing', async () => {
      const headers = { 'X-Forwarded-For': `${FORGED}, 198.51.100.1` }
      const echo = await echoOf(await on.gateway.fetch('/one/x', { headers }))
      expect(valuesOf(echo, 'x-forwarded-for')).toEqual([host.clientAddress])
    })
  })
}
