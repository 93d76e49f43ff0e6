import type { KubeConfig } from '@kubernetes/client-node'
import { isPlainMap } from '../../src/config/conform.ts'
import { type Addition, additionsTo, removalOf } from '../kubernetes/additions.ts'
import { ClusterError, type Where } from '../kubernetes/cluster.ts'
import { type Live, OUR_MANAGER, whoSet } from '../kubernetes/managed-fields.ts'
import { type Kind, KINDS, type Planned, plannedOf } from '../kubernetes/plan.ts'
import { askRaw, demandRaw } from '../kubernetes/raw.ts'
import type { Settings } from '../settings/schema.ts'
import type { Component } from '../system/model.ts'
import { changeOf, type Context } from './changes.ts'
import type { Change } from './report.ts'

/** What others have put into an object of ours. */
export interface Added {
  readonly component: Component
  readonly planned: Planned
  readonly additions: readonly Addition[]
}

/** What others have made of a stack's objects. */
export interface Drift {
  readonly added: readonly Added[]
  readonly whoSet: Context['whoSet']
}

export interface Looked {
  readonly config: KubeConfig
  readonly where: Where
  readonly reach: Settings['reach']
}

/** Looks at a stack's objects for what others have changed and added. */
export async function findDrift(
  { config, where, reach }: Looked,
  components: readonly Component[],
): Promise<Drift> {
  const kinds = Object.keys(KINDS) as readonly Kind[]
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const { items = [] } = (await demandRaw(config, { path: pathOf(kind, where) })) as Listed
      return items.map((live) => [`${kind} ${live.metadata.name}`, live] as const)
    }),
  )
  const found = new Map<string, Live>(lists.flat())
  const added = components.flatMap((component) =>
    plannedOf(component, where, reach).flatMap((planned) => {
      const live = found.get(`${planned.kind} ${planned.name}`)
      const additions = live === undefined ? [] : additionsIn(live, planned)
      return additions.length === 0 ? [] : [{ component, planned, additions }]
    }),
  )
  return {
    added,
    whoSet: (kind, name, path) => {
      const live = found.get(`${kind} ${name}`)
      return live === undefined ? undefined : whoSet(live, path)
    },
  }
}

interface Listed {
  readonly items?: readonly Live[]
}

const pathOf = (kind: Kind, { namespace }: Where, name?: string): string => {
  const { path, plural } = KINDS[kind]
  return `${path}/namespaces/${namespace}/${plural}${name === undefined ? '' : `/${name}`}`
}

const additionsIn = (live: Live, { kind, wanted }: Planned): readonly Addition[] =>
  additionsTo(live, wanted, KINDS[kind].parts)

/** Additions as changes: what is there goes. Values of a Secret are not told. */
export const changesFor = (added: readonly Added[]): readonly Change[] =>
  added.map(({ component, planned: { kind, name }, additions }) =>
    changeOf({
      op: 'update',
      component: component.name,
      resource: `${kind} ${name}`,
      differences: additions.map(({ field, value, who }) =>
        kind === 'Secret' ? { field, who } : { field, old: value, new: null, who },
      ),
    }),
  )

/** Whether taking additions away starts new pods. */
export const replacesPods = ({ planned: { kind }, additions }: Added): boolean =>
  (kind === 'Deployment' || kind === 'StatefulSet') &&
  additions.some(({ tokens }) => tokens[1] === 'template')

/** Somebody else may write at the same time: then it is looked at again. */
const ATTEMPTS = 5

/** Takes additions away from an object. */
export async function takeAway({ config, where }: Looked, { planned }: Added): Promise<void> {
  const path = pathOf(planned.kind, where, planned.name)
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const live = (await demandRaw(config, { path })) as Live
    const additions = additionsIn(live, planned)
    if (additions.length === 0) return
    const { status } = await askRaw(config, {
      method: 'PATCH',
      path: `${path}?fieldManager=${OUR_MANAGER}`,
      body: removalOf(live, additions),
      type: 'application/json-patch+json',
    })
    if (status < 400) return
    if (attempt === ATTEMPTS) throw refusal(planned, additions, status)
  }
}

const refusal = ({ kind, name }: Planned, additions: readonly Addition[], status: number) =>
  new ClusterError(
    `The cluster answers ${status} to taking ${additions.map(({ field }) => field).join(', ')} away from the ${kind} ${name}.`,
  )

/** How far a workload's pods are with its last template. */
export async function isRolledOut({ config, where }: Looked, planned: Planned): Promise<boolean> {
  const live = await demandRaw(config, { path: pathOf(planned.kind, where, planned.name) })
  const [metadata, spec, status] = ['metadata', 'spec', 'status'].map((key) => mapIn(live, key))
  const replicas = spec?.['replicas'] ?? 1
  return (
    status?.['observedGeneration'] === metadata?.['generation'] &&
    ['replicas', 'updatedReplicas', 'readyReplicas'].every(
      (key) => (status?.[key] ?? 0) === replicas,
    )
  )
}

function mapIn(value: unknown, key: string): Readonly<Record<string, unknown>> | undefined {
  const inner = isPlainMap(value) ? value[key] : undefined
  return isPlainMap(inner) ? inner : undefined
}
