import { describe, expect, test } from 'vitest'
import type { Inspection } from '../kubernetes/inspect.ts'
import { judge } from './preflight.ts'
import { readWanted, type Wanted } from './wanted.ts'

const GOOD: Inspection = {
  minor: 34,
  denied: [],
  storageClasses: [{ name: 'standard', isDefault: true }],
  nodes: [{ cpu: 8, memory: 2 ** 35 }],
  quotas: [],
  running: [],
}

function wanted(data: object = {}): Wanted {
  const read = readWanted({ ...data }, 'settings.yaml')
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  return read.value
}

const messages = (found: Partial<Inspection>, data: object = {}) =>
  judge(wanted(data), { ...GOOD, ...found }).map(({ message }) => message)

describe('a cluster', () => {
  test('that has what it takes is no fault', () => {
    expect(messages({})).toEqual([])
  })

  test.each<[string, Partial<Inspection>, object, readonly string[]]>([
    [
      'is too old',
      { minor: 28 },
      {},
      ['The cluster is Kubernetes 1.28; 1.29 is the oldest that is supported.'],
    ],
    [
      'forbids something',
      { denied: ['create secrets'] },
      {},
      ['The user of this context may not create secrets.'],
    ],
    [
      'has no default StorageClass',
      { storageClasses: [{ name: 'fast', isDefault: false }] },
      {},
      [
        'The volume "data" of cb-spider-postgres needs a StorageClass, and the cluster has no default one.',
      ],
    ],
    [
      'has not the StorageClass that is set',
      {},
      { storage: { 'cb-spider-postgres': { class: 'slow' } } },
      ['There is no StorageClass "slow" for cb-spider-postgres.'],
    ],
    [
      'has no room for one of two pods',
      { nodes: [{ cpu: 0.3, memory: 2 ** 30 }] },
      {},
      ['No node has room for cb-spider-postgres: it asks for 0.1 CPU and 128Mi of memory.'],
    ],
    [
      'has too small a quota',
      { quotas: [{ name: 'small', hard: { pods: '3' }, used: { pods: '2' } }] },
      {},
      ['The quota "small" allows 3 pods; 2 are used, and this needs more.'],
    ],
    [
      'enforces what a component cannot do',
      { podSecurity: 'restricted' },
      {},
      [
        'The namespace enforces the Pod Security level "restricted", and cb-spider runs as root: ' +
          'its binary, configuration and logs are under /root, mode 0700.',
      ],
    ],
  ])('that %s is told', (_, found, data, expected) => {
    expect(messages(found, data)).toEqual(expected)
  })

  test('that is full of what runs already has room for it', () => {
    const running = ['cb-spider', 'cb-spider-postgres']
    const quotas = [{ name: 'full', hard: { pods: '2' }, used: { pods: '2' } }]
    expect(messages({ nodes: [{ cpu: 0, memory: 0 }], quotas, running })).toEqual([])
  })

  test('is judged whole: all faults at once', () => {
    expect(messages({ minor: 20, denied: ['a', 'b'], nodes: [], storageClasses: [] })).toHaveLength(
      6,
    )
  })
})
