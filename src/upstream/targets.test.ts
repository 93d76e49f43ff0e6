import { describe, expect, it } from 'vitest'
import type { Backend, Site } from '../plan/types.ts'
import { type Candidate, candidatesOf, createBalancer } from './targets.ts'

const at = (name: string, weight = 1, tier = 0): Candidate => ({
  target: { origin: `http://${name}`, basePath: '', weight, tier },
  weight,
})
const turns = (candidates: readonly Candidate[], mode: Backend['balance'], count: number) => {
  const choose = createBalancer(candidates, mode, () => 0.99)
  return Array.from({ length: count }, () => choose().target.origin.slice(7)).join(' ')
}

describe('createBalancer', () => {
  it('rr goes round, beginning with the first', () => {
    expect(turns([at('a'), at('b'), at('c')], 'rr', 5)).toBe('a b c a b')
  })

  it('wrr interleaves by weight as the original does', () => {
    expect(turns([at('a', 3), at('b', 5)], 'wrr', 8)).toBe('b b a b a b a b')
  })

  it('wrr never picks a zero weight among others, and treats all zeros as equal', () => {
    expect(turns([at('a', 0), at('b', 1)], 'wrr', 3)).toBe('b b b')
    expect(turns([at('a', 0), at('b', 0)], 'wrr', 4)).toBe('a b a b')
  })

  it('random stays inside the list', () => {
    expect(turns([at('a'), at('b')], 'random', 2)).toBe('b b')
  })
})

describe('candidatesOf', () => {
  it('resolves registry names and keeps the lowest tier', () => {
    const upstream = {
      name: 'spider',
      targets: [at('one', 1, 1).target, at('two', 1, 2).target],
      headers: {},
      passAuthorization: false,
      preserveHost: false,
    }
    const site = { upstreams: { spider: upstream } } as unknown as Site
    const backend = { hosts: [{ upstream: 'spider', weight: 0 }] } as unknown as Backend
    expect(
      candidatesOf(backend, { site, registered: {} }).map(({ target }) => target.origin),
    ).toEqual(['http://one'])
  })
})
