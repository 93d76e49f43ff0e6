import { describe, expect, it } from 'vitest'
import { whyPrivate } from './private-host.ts'

describe('whyPrivate', () => {
  const hosts = [
    '127.0.0.1',
    '10.0.0.1',
    '172.16.3.4',
    '192.168.0.9',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '[::1]',
    '[fd00::1]',
    '[fe80::1]',
    '[::ffff:10.0.0.1]',
    'localhost',
    'cb-spider',
    'cb-spider.default.svc',
    'cb-spider.default.svc.cluster.local',
    'printer.local',
    'vault.internal',
    'VAULT.Internal.',
  ]
  it.each(hosts)('tells why %s is private', (host) => {
    expect(whyPrivate(host)).toBeTypeOf('string')
  })

  it.each(['api.example.com', '8.8.8.8', '[2606:4700::1111]', 'internal.example.com', 'svc.io'])(
    'has nothing to say about %s',
    (host) => {
      expect(whyPrivate(host)).toBeUndefined()
    },
  )
})
