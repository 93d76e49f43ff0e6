import type { Exchange } from './context.ts'

/** An exchange as *receive* makes it, for tests of what works with one. */
export const exchangeWith = (given: Partial<Exchange> = {}): Exchange => ({
  requestId: 'r-1',
  trace: { traceId: 'a'.repeat(32), isSampled: true },
  sent: new Map(),
  client: 'unknown',
  method: 'GET',
  path: '/',
  params: {},
  query: '',
  startedAt: 0,
  later: () => {},
  route: '-',
  calls: [],
  ...given,
})
