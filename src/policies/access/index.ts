import * as z from 'zod'
import type { Identity } from '../../http/context.ts'
import type { Failure } from '../../http/failure.ts'
import { type Judge, joinIdentities } from '../../http/judge.ts'
import { texts } from '../../http/options.ts'
import { err, ok } from '../../lib/result.ts'
import { admit } from '../judge.ts'
import { definePolicy } from '../policy.ts'

const group = z
  .object({
    any_of: texts('Blocks of which one must let the request pass.'),
    all_of: texts('Blocks that all must let it pass.'),
  })
  .refine(isOne, 'needs exactly one of any_of and all_of')

/** A name, or several joined by the other word. */
const entries = (description: string) =>
  z
    .array(z.union([group, z.string()]))
    .nullish()
    .transform((value) => value ?? [])
    .describe(description)

const options = z
  .object({
    any_of: entries(
      'Blocks of this endpoint (`mw-auth`, `mw-jwt`, `mw-ipfilter`) of which one must let the request pass, tried in this order; an entry may be a map with `all_of`.',
    ),
    all_of: entries(
      'Blocks that all must let it pass, in this order; an entry may be a map with `any_of`. That is how blocks that are not listed here behave.',
    ),
  })
  .refine(isOne, 'needs exactly one of any_of and all_of')

type Given = { readonly any_of: readonly Entry[]; readonly all_of: readonly Entry[] }
type Entry = string | { readonly any_of: readonly string[]; readonly all_of: readonly string[] }

/** Combines judges of the same endpoint, which are then not asked on their own. */
export const access = definePolicy({
  summary: 'Says which other blocks of the endpoint must let a request pass: one of them, or all.',
  level: 'endpoint',
  options,
  shows: ['any_of', 'all_of'],
  combines: namesIn,
  build: (given, { judges }) => admit(combine(given, judges)),
})

function namesIn({ any_of, all_of }: Given): readonly string[] {
  return [...any_of, ...all_of].flatMap((entry) =>
    typeof entry === 'string' ? [entry] : namesIn(entry),
  )
}

function combine({ any_of, all_of }: Given, judges: ReadonlyMap<string, Judge>): Judge {
  const judgeOf = (entry: Entry): Judge => {
    if (typeof entry !== 'string') return combine(entry, judges)
    const judge = judges.get(entry)
    // The compiler has seen that it is there; nobody passes if it is not.
    if (judge === undefined) throw new Error(`${entry} is no judge of this endpoint`)
    return judge
  }
  return any_of.length > 0 ? anyOf(any_of.map(judgeOf)) : allOf(all_of.map(judgeOf))
}

const anyOf =
  (judges: readonly Judge[]): Judge =>
  async (c) => {
    const refusals: Failure[] = []
    for (const judge of judges) {
      const verdict = await judge(c)
      if (verdict.ok) return verdict
      refusals.push(verdict.error)
    }
    const [first, ...others] = refusals
    if (first === undefined) throw new Error('nobody was there to judge')
    return err(mostTelling([first, ...others]))
  }

const allOf =
  (judges: readonly Judge[]): Judge =>
  async (c) => {
    let identity: Identity | undefined
    for (const judge of judges) {
      const verdict = await judge(c)
      if (!verdict.ok) return verdict
      identity = joinIdentities(identity, verdict.value)
    }
    return ok(identity)
  }

/**
 * What a client is told that nobody lets pass: first what it can only wait for, then that its token is too narrow, then
 * all the ways in.
 */
function mostTelling(refusals: readonly [Failure, ...Failure[]]): Failure {
  const challenges = refusals.flatMap(challengesOf)
  const waiting = refusals.find(({ kind }) => kind !== 'forbidden' && kind !== 'unauthorized')
  const narrow = refusals.find(
    (refusal) => refusal.kind === 'forbidden' && challengesOf(refusal).length > 0,
  )
  const decisive = waiting ?? narrow
  if (decisive !== undefined) return decisive
  return challenges.length === 0
    ? refusals[0]
    : { kind: 'unauthorized', challenges: [...new Set(challenges)] }
}

const challengesOf = (refusal: Failure): readonly string[] =>
  'challenges' in refusal ? (refusal.challenges ?? []) : []

function isOne({
  any_of,
  all_of,
}: {
  readonly any_of: readonly unknown[]
  readonly all_of: readonly unknown[]
}) {
  return any_of.length > 0 !== all_of.length > 0
}
