import { describe, expect, it } from 'vitest'
import { exchangeWith } from '../http/exchange.fixture.ts'
import type { Outbound } from '../ports.ts'
import type { Upstream } from '../plan/types.ts'
import { followRedirects } from './follow.ts'
import type { Candidate } from './targets.ts'

const candidate = (origin: string, headers?: Record<string, string>): Candidate => {
  const target = { origin, basePath: '', weight: 1, tier: 0 }
  const upstream: Upstream | undefined = headers && {
    name: origin,
    targets: [target],
    headers,
    passAuthorization: false,
    preserveHost: false,
  }
  return { target, weight: 1, ...(upstream && { upstream }) }
}

const exchange = exchangeWith()

const candidates = [
  candidate('http://one', { authorization: 'Basic one', 'x-key': 'one' }),
  candidate('http://two:81', { authorization: 'Basic two' }),
]

/** Answers by path with a redirect; remembers what was asked. */
function upstreamThat(redirects: Readonly<Record<string, string>>) {
  const seen: Outbound[] = []
  const follow = followRedirects(candidates)(async (outbound) => {
    seen.push(outbound)
    const location = redirects[new URL(outbound.url).pathname]
    return location === undefined
      ? new Response('arrived')
      : new Response(null, { status: 302, headers: { location } })
  })
  return { follow, seen }
}

const ask = (method = 'GET'): Outbound => ({
  url: 'http://one/start',
  method,
  redirect: 'manual',
  headers: new Headers({
    authorization: 'Basic one',
    'x-key': 'one',
    cookie: 'c=1',
    'x-request-id': 'first',
  }),
})

describe('followRedirects', () => {
  it('follows a GET on the same host with its credentials and a fresh request id', async () => {
    const { follow, seen } = upstreamThat({ '/start': '/end' })
    expect(await (await follow(ask(), exchange)).text()).toBe('arrived')
    expect(seen[1]?.url).toBe('http://one/end')
    expect(seen[1]?.headers.get('authorization')).toBe('Basic one')
    expect(seen[1]?.headers.get('x-request-id')).not.toBe('first')
  })

  it('gives another host of the backend that host’s own credentials and no others', async () => {
    const { follow, seen } = upstreamThat({ '/start': 'http://two:81/end' })
    await follow(ask(), exchange)
    expect(seen[1]?.headers.get('authorization')).toBe('Basic two')
    expect(seen[1]?.headers.has('x-key')).toBe(false)
    expect(seen[1]?.headers.has('cookie')).toBe(false)
  })

  it.each(['http://elsewhere/', '//elsewhere/x', 'http://two/', 'https://one/', 'http://one:81/'])(
    'hands a redirect to %s to the client',
    async (location) => {
      const { follow, seen } = upstreamThat({ '/start': location })
      expect((await follow(ask(), exchange)).status).toBe(302)
      expect(seen).toHaveLength(1)
    },
  )

  it('hands redirects of other methods to the client', async () => {
    const { follow, seen } = upstreamThat({ '/start': '/end' })
    expect((await follow(ask('POST'), exchange)).status).toBe(302)
    expect(seen).toHaveLength(1)
  })

  it('stops after ten', async () => {
    const { follow, seen } = upstreamThat({ '/start': '/start' })
    expect((await follow(ask(), exchange)).status).toBe(302)
    expect(seen).toHaveLength(11)
  })
})
