import { isDeepStrictEqual } from 'node:util'
import { isPlainMap } from '../../src/config/conform.ts'

/** An object as the API server shows it, as far as it tells who set what. */
export interface Live {
  readonly metadata: {
    readonly name: string
    readonly resourceVersion?: string
    readonly managedFields?: readonly ManagedFields[]
  }
}

/** What one manager has set: a tree whose keys are steps (`f:name`, `k:{"name":"a"}`, `v:"a"`) and `.` for the place itself. */
export interface ManagedFields {
  readonly manager?: string
  /** RFC 3339. */
  readonly time?: string
  readonly subresource?: string
  readonly fieldsV1?: unknown
}

/** A place behind a step. */
export interface Reached {
  readonly value: unknown
  /** Of a JSON pointer. */
  readonly token: string
}

/** Takes one step of `fieldsV1` in a value; undefined where it leads nowhere. */
export function takeStep(value: unknown, step: string): Reached | undefined {
  const [kind, rest] = [step.slice(0, 2), step.slice(2)]
  if (kind === 'f:') {
    return isPlainMap(value) && Object.hasOwn(value, rest)
      ? { value: value[rest], token: rest }
      : undefined
  }
  if (!Array.isArray(value)) return undefined
  const items: readonly unknown[] = value
  const index = kind === 'i:' ? Number(rest) : items.findIndex((item) => isItem(item, step))
  return index in items ? { value: items[index], token: String(index) } : undefined
}

/** Whether a step `k:` or `v:` means an item. A port without a protocol is one of TCP. */
function isItem(item: unknown, step: string): boolean {
  const key = JSON.parse(step.slice(2)) as unknown
  if (!step.startsWith('k:')) return isDeepStrictEqual(item, key)
  if (!isPlainMap(item) || !isPlainMap(key)) return false
  return Object.entries(key).every(
    ([name, value]) => (item[name] ?? (name === 'protocol' ? 'TCP' : undefined)) === value,
  )
}

/** A step as people read it: `.name`, or the key of an item in brackets. */
export function printStep(step: string): string {
  const rest = step.slice(2)
  if (step.startsWith('f:')) return /^\w+$/.test(rest) ? `.${rest}` : `[${rest}]`
  if (!step.startsWith('k:')) return `[${rest}]`
  const [first] = Object.values(JSON.parse(rest) as object) as readonly unknown[]
  return `[${String(first)}]`
}

/** The steps below a place; none for a value that is set as a whole. */
export const stepsOf = (fields: unknown): readonly (readonly [step: string, below: unknown])[] =>
  isPlainMap(fields) ? Object.entries(fields).filter(([step]) => step !== '.') : []

/** Managers that write for us: Pulumi's provider names one for each resource. */
const isOurs = (manager: string): boolean =>
  manager.startsWith('pulumi-kubernetes') || manager === OUR_MANAGER

/** The name under which we write without Pulumi. */
export const OUR_MANAGER = 'cb-bridge'

/** The cluster's own parts: what they set is how it works. */
const CLUSTER = new Set(['kube-controller-manager', 'cloud-controller-manager', 'kube-apiserver'])

/** What others have set in an object. */
export const setByOthers = (live: Live): readonly ManagedFields[] =>
  notOurs(live).filter(({ manager = '' }) => !CLUSTER.has(manager))

/** What is set by anybody but us, e.g. by an autoscaler, which is a part of the cluster. */
const notOurs = ({ metadata }: Live): readonly ManagedFields[] =>
  (metadata.managedFields ?? []).filter(
    ({ manager = '', subresource }) => !isOurs(manager) && subresource !== 'status',
  )

/** Who scales to 0: a `Scale` does not write a 0, so the API server takes nobody for the author, and us for none any more. */
const SCALED = 'somebody who scaled it to 0'

/** Who else has set a field last, e.g. `kubectl-edit`; `path` in Pulumi's words: `spec.containers[0].image`. */
export function whoSet(live: Live, path: string): string | undefined {
  const names = [...path.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, name]) => quoted ?? name ?? Number(index),
  )
  const hasSet = ({ fieldsV1 }: ManagedFields) => covers(fieldsV1, live, names)
  const last = notOurs(live)
    .filter(hasSet)
    .toSorted((a, b) => (a.time ?? '').localeCompare(b.time ?? ''))
    .at(-1)
  const isScaled = path === 'spec.replicas' && isZero(live) && !isOwned(live, hasSet)
  return isScaled ? SCALED : last?.manager
}

/** Whether there are no pods to be. */
const isZero = (live: Live): boolean =>
  takeStep(takeStep(live, 'f:spec')?.value, 'f:replicas')?.value === 0

/** Whether anybody at all has set something; where nothing is kept of authors that is not known, and taken for so. */
const isOwned = ({ metadata }: Live, hasSet: (fields: ManagedFields) => boolean): boolean => {
  const { managedFields = [] } = metadata
  return managedFields.length === 0 || managedFields.some(hasSet)
}

/** Whether a tree has a path, or sets something above it as a whole. */
function covers(fields: unknown, value: unknown, [name, ...rest]: readonly (string | number)[]) {
  if (name === undefined) return true
  const steps = stepsOf(fields)
  if (steps.length === 0) return isPlainMap(fields)
  return steps.some(([step, below]): boolean => {
    const reached = takeStep(value, step)
    return reached?.token === String(name) && covers(below, reached.value, rest)
  })
}
