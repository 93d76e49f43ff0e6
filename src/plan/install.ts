import type { Place } from '../config/diagnostics.ts'
import type { MiddlewareDocument } from '../config/document.ts'
import { policies } from '../policies/index.ts'
import type { Policy } from '../policies/policy.ts'
import { transports } from '../transports/index.ts'
import { below, type Checks } from './checks.ts'
import { showOptions } from './show-options.ts'
import type { Installed } from './types.ts'

/**
 * The policies of a level, in the order of the registry, those that another one combines inside that one. Other keys
 * were reported when the document was loaded. `written` is what `blocks` was before its references were filled.
 */
export function installPolicies(
  blocks: MiddlewareDocument,
  level: Policy['level'],
  written: MiddlewareDocument = blocks,
): readonly Installed[] {
  const keys = Object.keys(policies).filter((key) => policies[key]?.level === level)
  const all = pick(keys, blocks).map((installed): Installed => {
    const { key } = installed
    const shown = showOptions(written[key] ?? {}, policies[key]?.shows ?? [])
    return shown === '' ? installed : { ...installed, shown }
  })
  const combined = new Set(all.flatMap(combinedBy))
  return all
    .filter(({ key }) => !combined.has(key))
    .map((installed) => {
      const names = combinedBy(installed)
      if (names.length === 0) return installed
      return { ...installed, members: all.filter(({ key }) => names.includes(key)) }
    })
}

/** Reports names of blocks that cannot be combined: absent ones, and those that do not decide who may pass. */
export function checkCombined(blocks: MiddlewareDocument, place: Place, checks: Checks): void {
  for (const key of Object.keys(policies)) {
    const options = blocks[key]
    if (options === undefined) continue
    for (const name of combinedBy({ key, options })) {
      if (checks.isOpen(name)) continue
      const isHere = Object.hasOwn(blocks, name)
      if (isHere && policies[name]?.judge !== undefined) continue
      checks.error(below(place, key), {
        message: isHere
          ? `"${name}" does not decide who may pass.`
          : `This endpoint has no block "${name}".`,
        hint: `Blocks that do: ${JUDGES.join(', ')}.`,
      })
    }
  }
}

const JUDGES = Object.keys(policies).filter((key) => policies[key]?.judge !== undefined)

const combinedBy = ({ key, options }: Installed): readonly string[] =>
  read(key, options, (policy) => policy.combines?.(options))

/** The request headers that policies keep. Options that wait for a `${NAME}` keep nothing yet. */
export const keptHeaders = (installed: readonly Installed[]): readonly string[] => [
  ...new Set(
    installed.flatMap(({ key, options, members = [] }) => [
      ...read(key, options, (policy) => policy.keeps?.(options)),
      ...keptHeaders(members),
    ]),
  ),
]

/** What a policy says of options that fit it; nothing of others. */
function read(
  key: string,
  options: Installed['options'],
  ask: (policy: Policy) => readonly string[] | undefined,
): readonly string[] {
  const policy = policies[key]
  return policy?.options.safeParse(options).success === true ? (ask(policy) ?? []) : []
}

/** The transports of a backend, outermost first. */
export const installTransports = (blocks: MiddlewareDocument): readonly Installed[] =>
  pick(Object.keys(transports), blocks)

function pick(keys: readonly string[], blocks: MiddlewareDocument): readonly Installed[] {
  return keys.flatMap((key) => {
    const options = blocks[key]
    return options === undefined ? [] : [{ key, options }]
  })
}
