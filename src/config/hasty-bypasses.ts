import { at } from './conform.ts'
import type { Fault } from './diagnostics.ts'
import type { PlacedDefinition } from './group.ts'
import { isBypass } from './schema/read-definition.ts'

/**
 * A bypass can create infrastructure, which takes longer than the default budget; asked where the system file does not
 * set another.
 */
export function findHastyBypasses(definitions: readonly PlacedDefinition[]): readonly Fault[] {
  return definitions
    .filter(
      ({ definition: { endpoint, active, timeout } }) =>
        isBypass(endpoint) && active !== false && timeout === undefined,
    )
    .map(({ place }) => ({
      severity: 'warning',
      message: 'This bypass inherits the default timeout of 2s.',
      hint: 'Set "timeout" here or in the system file; "0s" means no limit.',
      place: at(place, 'endpoint'),
    }))
}
