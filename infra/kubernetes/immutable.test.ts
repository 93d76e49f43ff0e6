import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { catalogOf } from '../catalog/load.ts'
import { readSettings } from '../settings/read.ts'
import { resolve } from '../system/resolve.ts'
import { checkImmutable } from './immutable.ts'
import { statefulSetOf } from './workload.ts'

function databaseSpec() {
  const { read } = readSettings({ components: ['cb-spider-postgres'] }, 'stack')
  const resolved = read && resolve(catalogOf('v0.13'), read.settings, 'stack')
  const [component] = resolved?.ok === true ? resolved.value.components : []
  if (component === undefined) throw new Error('no component')
  return statefulSetOf(component, { stack: 's', namespace: 'n' }, '').spec
}

const SPEC = databaseSpec()
const [TEMPLATE] = SPEC.volumeClaimTemplates
/** What the API server makes of it: our fields and its defaults. */
const LIVE = {
  ...SPEC,
  revisionHistoryLimit: 10,
  volumeClaimTemplates: [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      ...TEMPLATE,
      spec: { ...TEMPLATE?.spec, volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    },
  ],
}

test('defaults of the API server are no differences', () => {
  expect(checkImmutable('db', LIVE, SPEC)).toEqual([])
})

test('a new size of a claim template is none: claims are patched', () => {
  const spec = { ...TEMPLATE?.spec, resources: { requests: { storage: '9Gi' } } }
  const wanted = { ...SPEC, volumeClaimTemplates: [{ ...TEMPLATE, spec }] }
  expect(checkImmutable('db', LIVE, wanted)).toEqual([])
})

test('fields that may change are none', () => {
  expect(checkImmutable('db', LIVE, { ...SPEC, replicas: 3, template: {} })).toEqual([])
})

test.each<[string, object, string]>([
  [
    'serviceName',
    { serviceName: 'b' },
    'spec.serviceName of its StatefulSet cannot change from "cb-spider-postgres" to "b".',
  ],
  [
    'podManagementPolicy',
    { podManagementPolicy: 'OrderedReady' },
    'spec.podManagementPolicy of its StatefulSet cannot change from "Parallel" to "OrderedReady".',
  ],
  [
    'a label of the selector',
    { selector: { matchLabels: { a: 'b' } } },
    'spec.selector.matchLabels.a of its StatefulSet cannot change from nothing to "b".',
  ],
])('%s is named with both values', (_, change, message) => {
  const [complaint] = checkImmutable('db', LIVE, { ...SPEC, ...change })
  expect(complaint?.message).toBe(`db: ${message}`)
})

test('another volume is one', () => {
  const volumeClaimTemplates = [...SPEC.volumeClaimTemplates, TEMPLATE]
  expect(checkImmutable('db', LIVE, { ...SPEC, volumeClaimTemplates })).toHaveLength(1)
})

test('whatever the live object holds, it does not throw', () => {
  fc.assert(fc.property(fc.anything(), (live) => void checkImmutable('db', live, SPEC)))
})
