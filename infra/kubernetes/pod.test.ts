import { expect, test } from 'vitest'
import { catalogSchema } from '../catalog/schema.ts'
import { settingsSchema } from '../settings/schema.ts'
import type { Component } from '../system/model.ts'
import { resolve } from '../system/resolve.ts'
import { configurationOf, hashOf } from './configuration.ts'
import { podTemplateOf } from './pod.ts'

const LEAST = {
  summary: 's',
  image: 'i',
  version: '1',
  ports: { p: 1 },
  run_as: { user: 5 },
  probes: { ready: { tcp: 'p' } },
  resources: { limits: { memory: '1Gi' } },
  bounds: { start: '10s', shutdown: '1500ms' },
}

/** A component with what v0.13 has no example of. */
function componentOf(more: object): Component {
  const catalog = catalogSchema.parse({ release: 'r', components: { c: { ...LEAST, ...more } } })
  const resolved = resolve(catalog, settingsSchema.parse({}), 'stack')
  const [component] = resolved.ok ? resolved.value.components : []
  if (component === undefined) throw new Error('no component')
  return component
}

const FILES = { '/etc/a/conf.yaml': 'a: 1', '/etc/b/conf.yaml': 'b: 2' }

test('configuration files of one name stay apart, and each is mounted where it belongs', () => {
  const component = componentOf({ files: FILES })
  expect(configurationOf(component).files).toEqual({ '0-conf.yaml': 'a: 1', '1-conf.yaml': 'b: 2' })
  expect(podTemplateOf(component, 's', 'h')).toMatchObject({
    spec: {
      volumes: [{ name: 'configuration-files', configMap: { name: 'c-files' } }],
      containers: [
        {
          volumeMounts: [
            { mountPath: '/etc/a/conf.yaml', subPath: '0-conf.yaml', readOnly: true },
            { mountPath: '/etc/b/conf.yaml', subPath: '1-conf.yaml', readOnly: true },
          ],
        },
      ],
    },
  })
})

test('the grace period is longer than the time that the component needs to stop', () => {
  expect(podTemplateOf(componentOf({}), 's', 'h').spec).toMatchObject({
    terminationGracePeriodSeconds: 12,
  })
})

test('a start may take all of its time: only then a container is started anew', () => {
  expect(podTemplateOf(componentOf({}), 's', 'h').spec).toMatchObject({
    containers: [{ startupProbe: { periodSeconds: 3, failureThreshold: 4 } }],
  })
})

test('limits are those of the catalogue', () => {
  expect(podTemplateOf(componentOf({}), 's', 'h').spec).toMatchObject({
    containers: [{ resources: { limits: { memory: '1Gi' } } }],
  })
})

test('a hash tells contents apart, not the order of their keys', () => {
  expect(hashOf({ a: 1, b: [1, 2] })).toBe(hashOf({ b: [1, 2], a: 1 }))
  expect(hashOf({ a: 1, b: [2, 1] })).not.toBe(hashOf({ a: 1, b: [1, 2] }))
  expect(hashOf({ files: { a: 'b' } })).not.toBe(hashOf({ variables: { a: 'b' } }))
})
