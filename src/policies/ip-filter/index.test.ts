import fc from 'fast-check'
import { expect, test } from 'vitest'
import { behind } from '../policy.fixture.ts'
import { ipFilter } from './index.ts'

const passes = async (options: Record<string, unknown>, client: string) =>
  (await behind(ipFilter, options)({ client })).hasPassed

test.each([
  [{}, '192.0.2.7', true],
  [{ allow: ['192.0.2.0/24'] }, '192.0.2.7', true],
  [{ allow: ['192.0.2.0/24'] }, '192.0.3.7', false],
  [{ allow: '10.0.0.0/8, 192.0.2.7' }, '192.0.2.7', true],
  [{ allow: ['192.0.2.7'] }, '192.0.2.8', false],
  [{ deny: ['192.0.2.0/24'] }, '192.0.2.7', false],
  [{ deny: ['192.0.2.0/24'] }, '198.51.100.1', true],
  [{ allow: ['192.0.2.0/24'], deny: ['192.0.2.7'] }, '192.0.2.7', false],
  [{ allow: ['192.0.2.7'], deny: ['192.0.2.0/24'] }, '192.0.2.7', false],
  [{ allow: ['2001:db8::/32'] }, '2001:db8:1::1', true],
  [{ allow: ['2001:db8::/32'] }, '2001:DB8:0:0:0:0:0:1', true],
  [{ allow: ['2001:db8::/32'] }, '2001:db9::1', false],
  [{ deny: ['::/0'] }, '2001:db8::1', false],
  [{ deny: ['::/0'] }, '192.0.2.7', true],
  [{ allow: ['0.0.0.0/0'] }, '2001:db8::1', false],
] as const)('%j and %s: %j', async (options, client, expected) => {
  expect(await passes(options, client)).toBe(expected)
})

test.each(['::ffff:10.1.2.3', '::ffff:0a01:0203', '10.1.2.3'])(
  'an IPv4 address counts as itself however it is written: %s',
  async (client) => {
    expect(await passes({ deny: ['10.0.0.0/8'] }, client)).toBe(false)
    expect(await passes({ allow: ['10.0.0.0/8'] }, client)).toBe(true)
    expect(await passes({ deny: ['::ffff:10.0.0.0/104'] }, client)).toBe(false)
    expect(await passes({ allow: ['::ffff:10.0.0.0/104'] }, client)).toBe(true)
  },
)

test.each([{ allow: ['10.0.0.0/8'] }, { deny: ['10.0.0.0/8'] }, {}])(
  'an address that is not known does not pass: %j',
  async (options) => {
    expect(await passes(options, 'unknown')).toBe(false)
  },
)

test('a refusal is 403 and does not tell the address or the lists', async () => {
  const passage = await behind(ipFilter, { allow: ['10.0.0.0/8'] })({ client: '192.0.2.7' })
  expect(passage).toMatchObject({ status: 403, hasPassed: false })
  expect(passage.headers.get('content-type')).toBe('application/problem+json')
  expect(passage.headers.get('www-authenticate')).toBeNull()
  expect(passage.text).not.toMatch(/192\.0|10\.0/)
})

test.each([
  '10.0.0.0/33',
  '10.0.0',
  '10.1',
  '0x0a.1.2.3',
  '012.0.0.1',
  'a.test',
  '::/129',
  '1.2.3.4/-1',
  '1.2.3.4/a',
])('%s is no network', (text) => {
  expect(ipFilter.options.safeParse({ allow: [text] }).success).toBe(false)
})

test('every address is in its own network of any size', async () => {
  // Only a whole network of mapped addresses has a form in IPv4; `::1.2.3.4`, which nobody has any more, is read as one.
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6().filter((text) => !/ffff:|\./i.test(text)),
  )
  const ask = fc.tuple(address, fc.nat(128)).map(([text, bits]) => {
    const most = text.includes(':') ? 128 : 32
    return { text, cidr: `${text}/${Math.min(bits, most)}` }
  })
  await fc.assert(
    fc.asyncProperty(ask, async ({ text, cidr }) => {
      expect(await passes({ allow: [cidr] }, text)).toBe(true)
      expect(await passes({ deny: [cidr] }, text)).toBe(false)
    }),
  )
})
