import type { Ports } from '../ports.ts'

/** Ports of a host without anything: no network, no values, a clock that stands still, limits that let all pass. */
export const portsWith = (given: Partial<Ports> = {}): Ports => ({
  fetch: () => Promise.reject(new Error('no network')),
  secret: () => undefined,
  now: () => 0,
  limiter: {
    take: () => ({ kind: 'admitted', standings: [] }),
    read: () => Promise.resolve(undefined),
    reset: () => Promise.resolve(false),
  },
  issuerKeys: { find: () => Promise.resolve({ kind: 'unavailable', reason: 'no network' }) },
  telemetry: {
    log: () => {},
    count: () => {},
    totals: () => Promise.resolve({}),
    exposition: () => Promise.resolve(''),
  },
  ...given,
})
