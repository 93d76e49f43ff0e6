import { describe, expect, test } from 'vitest'
import { additionsTo, removalOf } from './additions.ts'
import { type Live, type ManagedFields, whoSet } from './managed-fields.ts'

const WANTED = {
  spec: {
    replicas: 1,
    template: {
      metadata: { labels: { app: 'a' } },
      spec: {
        containers: [
          {
            name: 'a',
            image: 'a:1',
            env: [{ name: 'A', value: '1' }],
            ports: [{ containerPort: 80 }],
          },
        ],
      },
    },
  },
}

/** What we want, with more in its place, and who set it. */
function live(spec: object, ...managedFields: readonly ManagedFields[]): Live {
  return { metadata: { name: 'a', resourceVersion: '7', managedFields }, spec } as Live
}
const by = (manager: string, spec: object, more: Partial<ManagedFields> = {}): ManagedFields => ({
  manager,
  time: '2026-01-01T00:00:00Z',
  fieldsV1: { 'f:spec': spec },
  ...more,
})
const inContainer = (fields: object) => ({
  'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"a"}': fields } } },
})
const withEnv = {
  ...WANTED.spec,
  template: {
    ...WANTED.spec.template,
    spec: {
      containers: [
        {
          ...WANTED.spec.template.spec.containers[0],
          env: [
            { name: 'X', value: '1' },
            { name: 'A', value: '2' },
            { name: 'Y', value: '3' },
          ],
        },
      ],
    },
  },
}
const EXTRA = inContainer({
  'f:env': {
    'k:{"name":"X"}': { '.': {}, 'f:name': {}, 'f:value': {} },
    'k:{"name":"A"}': { 'f:value': {} },
    'k:{"name":"Y"}': { '.': {}, 'f:name': {}, 'f:value': {} },
  },
})

describe('what somebody has added', () => {
  test('is found with its place, value and author; a changed value of ours is none', () => {
    const found = additionsTo(live(withEnv, by('kubectl-edit', EXTRA)), WANTED, ['spec'])
    expect(found).toMatchObject([
      {
        field: 'spec.template.spec.containers[a].env[X]',
        value: { name: 'X', value: '1' },
        who: 'kubectl-edit',
      },
      { field: 'spec.template.spec.containers[a].env[Y]' },
    ])
  })

  test('is taken away from behind, from the object that was seen and no other', () => {
    const object = live(withEnv, by('kubectl-edit', EXTRA))
    expect(removalOf(object, additionsTo(object, WANTED, ['spec']))).toEqual([
      { op: 'test', path: '/metadata/resourceVersion', value: '7' },
      { op: 'remove', path: '/spec/template/spec/containers/0/env/2' },
      { op: 'remove', path: '/spec/template/spec/containers/0/env/0' },
    ])
  })

  test('is told once, with all its authors', () => {
    const object = live(withEnv, by('ann', EXTRA), by('bob', EXTRA))
    const [first, ...rest] = additionsTo(object, WANTED, ['spec'])
    expect(first?.who).toBe('ann, bob')
    expect(rest).toHaveLength(1)
  })

  test('may be a whole part that we do not set', () => {
    const spec = { ...WANTED.spec, paused: true }
    const found = additionsTo(live(spec, by('x', { 'f:paused': {} })), WANTED, ['spec'])
    expect(found).toMatchObject([{ field: 'spec.paused', value: true }])
  })

  test.each<[string, ManagedFields]>([
    ['we', by('pulumi-kubernetes-1a2b', EXTRA)],
    ['the cluster itself', by('kube-controller-manager', EXTRA)],
    ['a status', by('kubelet', EXTRA, { subresource: 'status' })],
  ])('is nothing that %s set', (_, fields) => {
    expect(additionsTo(live(withEnv, fields), WANTED, ['spec'])).toEqual([])
  })

  test('is no port of ours whose protocol the server filled in', () => {
    const port = inContainer({
      'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
    })
    const spec = structuredClone(WANTED.spec)
    expect(additionsTo(live(spec, by('x', port)), WANTED, ['spec'])).toEqual([])
  })

  test('is no restart that somebody asked for', () => {
    const restartedAt = { 'kubectl.kubernetes.io/restartedAt': 'now' }
    const template = { ...WANTED.spec.template, metadata: { annotations: restartedAt } }
    const fields = {
      'f:template': {
        'f:metadata': { 'f:annotations': { '.': {}, 'f:kubectl.kubernetes.io/restartedAt': {} } },
      },
    }
    const object = live({ ...WANTED.spec, template }, by('kubectl-rollout', fields))
    expect(additionsTo(object, WANTED, ['spec'])).toEqual([])
  })
})

describe('who has set a field', () => {
  const object = live(
    withEnv,
    by('pulumi-kubernetes', inContainer({ 'f:image': {} })),
    by('ann', { 'f:replicas': {} }, { subresource: 'scale' }),
    by('old', EXTRA, { time: '2025-01-01T00:00:00Z' }),
    by('new', EXTRA),
  )

  test.each([
    ['spec.replicas', 'ann'],
    ['spec.template.spec.containers[0].env[1].value', 'new'],
    ['spec.template.spec.containers[0].image', undefined],
    ['spec.nothing', undefined],
  ])('%s is told', (path, who) => {
    expect(whoSet(object, path)).toBe(who)
  })

  // As API servers of 1.34 leave it.
  test.each<[string, readonly ManagedFields[], string | undefined]>([
    [
      'somebody scales it, told without a time',
      [
        by('pulumi-kubernetes', { 'f:template': {} }),
        { manager: 'kubectl', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
      ],
      'kubectl',
    ],
    [
      'an autoscaler scales it',
      [by('kube-controller-manager', { 'f:replicas': {} }, { subresource: 'scale' })],
      'kube-controller-manager',
    ],
    [
      'it is scaled to 0, which takes it from us and gives it to nobody',
      [by('pulumi-kubernetes', { 'f:template': {} }), by('ann', { 'f:paused': {} })],
      'somebody who scaled it to 0',
    ],
    ['nobody has touched it', [by('pulumi-kubernetes', { 'f:replicas': {} })], undefined],
  ])('of replicas, where %s', (_, fields, who) => {
    const replicas = who?.endsWith('to 0') === true ? 0 : 3
    const object = live({ ...WANTED.spec, replicas, paused: true }, ...fields)
    expect(whoSet(object, 'spec.replicas')).toBe(who)
  })

  test('is not known where the cluster does not keep it', () => {
    const spec = { ...WANTED.spec, replicas: 0 }
    expect(whoSet(live(spec), 'spec.replicas')).toBeUndefined()
  })
})
