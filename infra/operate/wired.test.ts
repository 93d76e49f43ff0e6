import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { expect, test } from 'vitest'
import { readSettings } from '../settings/read.ts'
import { resolve } from '../system/resolve.ts'
import { followWiring } from './wired.ts'

const components = () => {
  const { read } = readSettings({}, 'settings')
  const system = read && resolve(read.catalog, read.settings, 'settings')
  if (system?.ok !== true) throw new Error('the catalogue does not resolve')
  return system.value.components
}

/** The engine is done with an upstream of CB-Spider. */
const done = (op: string, name: string) => {
  const parent = 'urn:pulumi:dev::cb-bridge::cb-bridge:kubernetes:Component::cb-spider'
  const type = 'cb-bridge:wiring:Upstream'
  const urn = `urn:pulumi:dev::cb-bridge::cb-bridge:kubernetes:Component$${type}::${name}`
  return { resOutputsEvent: { metadata: { op, urn, type, new: { parent } } } } as EngineEvent
}

test('a component is wired with its last upstream, once', () => {
  const told: string[] = []
  const follow = followWiring(components(), (name) => told.push(name))
  follow(done('create', 'cb-spider'))
  expect(told).toEqual([])
  follow(done('same', 'cb-spider-s3'))
  expect(told).toEqual(['cb-spider'])
  follow(done('update', 'cb-spider'))
  expect(told).toEqual(['cb-spider'])
})

test('what the engine only looks at, or takes away, makes nothing wired', () => {
  const told: string[] = []
  const follow = followWiring(components(), (name) => told.push(name))
  for (const op of ['refresh', 'read', 'delete']) {
    follow(done(op, 'cb-spider'))
    follow(done(op, 'cb-spider-s3'))
  }
  expect(told).toEqual([])
})
