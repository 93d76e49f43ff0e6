import { describe, expect, test } from 'vitest'
import { configurationOf } from '../kubernetes/configuration.ts'
import { serviceOf } from '../kubernetes/service.ts'
import { deploymentOf, statefulSetOf } from '../kubernetes/workload.ts'
import { readSettings } from '../settings/read.ts'
import { resolve } from '../system/resolve.ts'
import { componentSection } from '../reference.ts'
import { catalogOf, releases } from './load.ts'
import type { Catalog } from './schema.ts'

type Path = readonly (string | number)[]

/** All that comes of a catalogue: manifests, what wiring reads of an API, secrets, times, and the reference page. */
function made(catalog: Catalog): string {
  const { read } = readSettings({}, 'stack')
  const resolved = read && resolve(catalog, read.settings, 'stack')
  if (resolved?.ok !== true) return 'nothing'
  const scope = { stack: 's', namespace: 'n' }
  return JSON.stringify([
    resolved.value.components.map((component) => [
      statefulSetOf(component, scope, ''),
      deploymentOf(component, scope, ''),
      serviceOf(component, scope, 'cluster'),
      configurationOf(component),
      component.api,
      component.secrets,
      component.times.drainMs,
    ]),
    Object.entries(catalog.components).map(componentSection),
    catalog.release,
  ])
}

/** The paths of the scalars below a value, but for the tags that decoding adds. */
const leaves = (value: unknown, path: Path = []): readonly Path[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value)
        .filter(([key]) => key !== 'kind')
        .flatMap(([key, inner]) => leaves(inner, [...path, key]))
    : [path]

/** A copy with the scalar at a path replaced by another one of its type. */
function changed(value: unknown, [step, ...rest]: Path): unknown {
  if (step === undefined) return other(value)
  const copy = structuredClone(value) as Record<string, unknown>
  copy[step] = changed(copy[step], rest)
  return Array.isArray(value) ? Object.values(copy) : copy
}

function other(value: unknown): unknown {
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value + 1
  // A time or a size stays one: one more of what it is.
  return /^\d/.test(String(value)) ? `1${String(value)}` : `${String(value)}x`
}

describe.each(releases())('%s', (release) => {
  const catalog = catalogOf(release)
  const whole = made(catalog)

  test.each(leaves(catalog).map((path) => [path.join(' '), path] as const))(
    '%s makes a difference',
    (_, path) => {
      // A name that leads nowhere makes nothing, and that is a difference, too.
      let after: string
      try {
        after = made(changed(catalog, path) as Catalog)
      } catch {
        after = 'nothing'
      }
      expect(after).not.toBe(whole)
    },
  )
})
