import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import type { Component } from '../system/model.ts'
import { componentOf } from './changes.ts'

/** Steps of the engine after which an upstream is what it shall be. */
const DONE = new Set(['create', 'update', 'same', 'create-replacement'])

/** Follows the engine's events, and tells each component once the last of its upstreams is published. */
export function followWiring(
  components: readonly Component[],
  tell: (component: string) => void,
): (event: EngineEvent) => void {
  const missing = new Map(
    components.map(({ name, api }) => [
      name,
      new Set(api?.upstreams.map((upstream) => upstream.name)),
    ]),
  )
  return ({ resOutputsEvent }) => {
    const step = resOutputsEvent?.metadata
    if (step?.type !== 'cb-bridge:wiring:Upstream' || !DONE.has(step.op)) return
    const component = componentOf(step) ?? ''
    const left = missing.get(component)
    if (left?.delete(step.urn.split('::').at(-1) ?? '') && left.size === 0) tell(component)
  }
}
