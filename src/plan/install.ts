import type { MiddlewareDocument } from '../config/document.ts'
import { policies } from '../policies/index.ts'
import type { Policy } from '../policies/policy.ts'
import { transports } from '../transports/index.ts'
import type { Installed } from './types.ts'

/** The policies of a level, in the order of the registry. Other keys were reported when the document was loaded. */
export const installPolicies = (
  blocks: MiddlewareDocument,
  level: Policy['level'],
): readonly Installed[] =>
  pick(
    Object.keys(policies).filter((key) => policies[key]?.level === level),
    blocks,
  )

/** The request headers that policies keep. Options that wait for a `${NAME}` keep nothing yet. */
export const keptHeaders = (installed: readonly Installed[]): readonly string[] => [
  ...new Set(
    installed.flatMap(({ key, options }) => {
      const policy = policies[key]
      const isRead = policy?.options.safeParse(options).success === true
      return isRead ? (policy.keeps?.(options) ?? []) : []
    }),
  ),
]

/** The transports of a backend, outermost first. */
export const installTransports = (blocks: MiddlewareDocument): readonly Installed[] =>
  pick(Object.keys(transports), blocks)

function pick(keys: readonly string[], blocks: MiddlewareDocument): readonly Installed[] {
  return keys.flatMap((key) => {
    const options = blocks[key]
    return options === undefined ? [] : [{ key, options }]
  })
}
