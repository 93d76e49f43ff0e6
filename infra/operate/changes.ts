import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { isDeepStrictEqual } from 'node:util'
import { isPlainMap } from '../../src/config/conform.ts'
import type { Change, Difference } from './report.ts'

type Step = NonNullable<EngineEvent['resourcePreEvent']>['metadata']

/** What is known beside the engine's events. */
export interface Context {
  /** Resources that the state knew before. */
  readonly known: ReadonlySet<string>
  /** Who else has set a field of an object last. */
  readonly whoSet: (kind: string, name: string, path: string) => string | undefined
}

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
export function changesOf(events: readonly EngineEvent[], context?: Context): readonly Change[] {
  return events.flatMap(({ resourcePreEvent }) => {
    const step = resourcePreEvent?.metadata
    if (step === undefined || STILL.has(step.op) || isInternal(step.type)) return []
    // The state forgets it, and the cluster keeps it.
    if (step.op === 'delete' && step.old?.retainOnDelete === true) return []
    const [kind, name] = [step.type.split(':').at(-1) ?? '', nameOf(step.urn)]
    const isChanged = step.op === 'update' || step.op === 'replace'
    const differences = isChanged ? differencesOf(step, kind) : []
    const named = differences.map((each) => withWho(each, context?.whoSet(kind, name, each.field)))
    const wasLost = step.op === 'create' && context?.known.has(step.urn) === true
    return [
      changeOf({
        op: step.op,
        component: componentOf(step),
        resource: `${kind} ${name}`,
        differences: named,
        ...(wasLost ? { wasLost } : {}),
      }),
    ]
  })
}

/** Something that the engine begins to do, e.g. `create` of `Service cb-spider`. */
export interface Operation {
  readonly operation: string
  readonly resource: string
}

/** What begins with an event; what only the state knows is no operation. */
export function operationsOf({ resourcePreEvent }: EngineEvent): readonly Operation[] {
  const step = resourcePreEvent?.metadata
  if (step === undefined || STILL.has(step.op) || isInternal(step.type)) return []
  const resource = `${step.type.split(':').at(-1) ?? ''} ${nameOf(step.urn)}`
  return [{ operation: step.op, resource }]
}

/** A change with the names of its fields. */
export const changeOf = (change: Omit<Change, 'fields'>): Change => ({
  ...change,
  fields: change.differences.map(({ field }) => field),
})

/** Changes of the same resource as one. */
export function merged(changes: readonly Change[]): readonly Change[] {
  const all = new Map<string, Change>()
  for (const change of changes) {
    const key = `${change.op} ${change.resource}`
    const differences = [...(all.get(key)?.differences ?? []), ...change.differences]
    all.set(key, changeOf({ ...change, differences }))
  }
  return [...all.values()]
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
function differencesOf({ detailedDiff, old, new: wanted }: Step, kind: string) {
  const [is, should] = [mapOf(old?.inputs), mapOf(wanted?.inputs)]
  const compare = (field: string): Difference =>
    shown(kind, { field, old: at(is, field), new: at(should, field) })
  const named = Object.keys(detailedDiff ?? {})
  if (named.length > 0) return named.map(compare)
  const keys = [...new Set([...Object.keys(is), ...Object.keys(should)])]
  const drift: unknown = mapOf(old?.outputs)['drift']
  return [
    ...keys.filter((key) => !isDeepStrictEqual(is[key], should[key])).map(compare),
    ...(Array.isArray(drift) ? drift.map(drifted) : []),
  ]
}

/** What our provider tells about an upstream. */
function drifted(each: unknown): Difference {
  const { field, is, wanted, who } = mapOf(each)
  const values = is === undefined && wanted === undefined ? {} : { old: is, new: wanted }
  return withWho({ field: String(field), ...values }, typeof who === 'string' ? who : undefined)
}

const withWho = (difference: Difference, who: string | undefined): Difference =>
  who === undefined ? difference : { ...difference, who }

/** Values are told where they are no secrets; `null` stands for none. */
function shown(kind: string, { field, old, new: wanted }: Difference): Difference {
  const isHidden = kind === 'Secret' || [old, wanted].some(hasSecret)
  return isHidden ? { field } : { field, old: old ?? null, new: wanted ?? null }
}

/** How the engine prints what is secret. */
const hasSecret = (value: unknown): boolean =>
  value === '[secret]' ||
  (typeof value === 'object' && value !== null && Object.values(value).some(hasSecret))

/** The value at a path in the engine's words: `spec.containers[0].image`, `data["a.b"]`. */
function at(data: unknown, path: string): unknown {
  const steps = [...path.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g)]
  return steps.reduce<unknown>((value, [, quoted, index, name]) => {
    if (Array.isArray(value)) return value[Number(index)]
    return mapOf(value)[quoted ?? index ?? name ?? '']
  }, data)
}

const mapOf = (value: unknown): Readonly<Record<string, unknown>> =>
  isPlainMap(value) ? value : {}
