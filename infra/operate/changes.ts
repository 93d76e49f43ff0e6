import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { isDeepStrictEqual } from 'node:util'
import { isPlainMap } from '../../src/config/conform.ts'
import type { Change } from './report.ts'

type Step = NonNullable<EngineEvent['resourcePreEvent']>['metadata']

/** Operations that leave everything as it is, or are parts of others. */
const STILL = new Set([
  'same',
  'read',
  'refresh',
  'read-discard',
  'create-replacement',
  'delete-replaced',
])

/** What an operation of the engine changes, in the order of its events. What only the state knows is no change. */
export function changesOf(events: readonly EngineEvent[]): readonly Change[] {
  return events.flatMap(({ resourcePreEvent }) => {
    const step = resourcePreEvent?.metadata
    if (step === undefined || STILL.has(step.op) || isInternal(step.type)) return []
    const name = nameOf(step.urn)
    const kind = step.type.split(':').at(-1) ?? ''
    return [
      {
        op: step.op,
        component: componentOf(step),
        resource: `${kind} ${name}`,
        fields: step.op === 'update' || step.op === 'replace' ? fieldsOf(step) : [],
      },
    ]
  })
}

const isInternal = (type: string): boolean =>
  type.startsWith('pulumi:') || type.startsWith('cb-bridge:kubernetes:')

const nameOf = (urn: string): string => urn.split('::').at(-1) ?? ''

/** The component that a step's resource belongs to: those of a component are children of it. */
export function componentOf(step: Step): string | null {
  const parent = (step.new ?? step.old)?.parent ?? ''
  return parent.split('::')[2]?.endsWith('cb-bridge:kubernetes:Component') === true
    ? nameOf(parent)
    : null
}

/** The provider's word where it says one; else the first parts of inputs that differ, and what drifted. */
function fieldsOf({ detailedDiff, old, new: wanted }: Step): readonly string[] {
  const named = Object.keys(detailedDiff ?? {})
  if (named.length > 0) return named
  const [is, should] = [mapOf(old?.inputs), mapOf(wanted?.inputs)]
  const keys = [...new Set([...Object.keys(is), ...Object.keys(should)])]
  const drift: unknown = mapOf(old?.outputs)['drift']
  const drifted = Array.isArray(drift) ? drift.map((each) => String(mapOf(each)['field'])) : []
  return [...keys.filter((key) => !isDeepStrictEqual(is[key], should[key])), ...drifted]
}

const mapOf = (value: unknown): Readonly<Record<string, unknown>> =>
  isPlainMap(value) ? value : {}
