import * as z from 'zod'
import { amount, count, duration, flag, name, word } from '../http/options.ts'

/** What the clock's periods are called, in milliseconds. */
export const PERIODS_MS = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
} as const

const quota = z
  .object({
    second: count('Requests in a second.'),
    minute: count('Requests in a minute.'),
    hour: count('Requests in an hour.'),
    day: count('Requests in a day.'),
  })
  .nullish()
  .transform((value) => value ?? NO_QUOTA)
  .describe('Quotas per period of the clock (UTC), beside the rate; all have to allow a request.')

/** What any rule may say about how it counts. */
export const counting = {
  mode: word(
    ['exact', 'leased', 'approximate'],
    'How exactly requests are counted: `exact` (each one asks the counter), `leased` (the rate of up to two seconds more may pass) or `approximate` (the platform’s limiter named by `binding`; `leased` on hosts without it). Default: `exact` up to 100 a second, else `leased`. See docs/rate-limits.md.',
  ),
  binding: name('Name in `[[ratelimits]]` of wrangler.toml, for `mode: approximate`.'),
  cost: count('Tokens that one request takes. 0 and absent: 1.'),
  shadow: flag('Counts and tells in log and metrics, but never refuses.'),
  on_error: word(
    ['open', 'closed'],
    'What happens while the counter does not answer: `open` lets requests pass, `closed` refuses them with 503. Default: `open` for rates, `closed` for a rule with a quota.',
  ),
  budget: duration('How long a request waits for the counter. `0s` and absent: `250ms`.'),
} as const

/** What any rule may say about how much it allows. */
export const amounts = {
  capacity: amount('Requests at once: the size of the bucket. Default: the rate, at least 1.'),
  quota,
} as const

/** Which part of a request tells clients apart. */
export type KeySource =
  | { readonly from: 'ip' | 'subject' }
  | { readonly from: 'header' | 'cookie' | 'claim'; readonly name: string }

/** A rule as the options of a policy or transport describe it. */
export interface RuleSettings {
  readonly name: string
  /** None: everybody shares one bucket. */
  readonly keys: readonly KeySource[]
  /** Per second; absent: quotas alone. */
  readonly rate?: number | undefined
  readonly capacity?: number | undefined
  readonly quota: Readonly<Record<keyof typeof PERIODS_MS, number>>
  readonly mode?: 'exact' | 'leased' | 'approximate' | undefined
  readonly binding: string
  readonly cost: number
  readonly shadow: boolean
  readonly on_error?: 'open' | 'closed' | undefined
  readonly budget: string
  readonly shards: number
}

/** Whether a rule limits anything; a rate of 0 or less is off, as in cb-restapigw. */
export const isLimiting = ({ rate = 0, quota }: Pick<RuleSettings, 'rate' | 'quota'>): boolean =>
  rate > 0 || quotasOf(quota).length > 0

/** What contradicts itself in a rule, by the key that is to blame. */
export const contradictions = (
  rule: RuleSettings,
): readonly (readonly [key: string, message: string])[] =>
  CONTRADICTIONS.flatMap(([key, message, isSo]) => (isSo(rule) ? [[key, message] as const] : []))

type Contradiction = readonly [key: string, message: string, isSo: (rule: RuleSettings) => boolean]

const CONTRADICTIONS: readonly Contradiction[] = [
  ['rate', 'or a quota must be given', (rule) => sizesOf(rule).length === 0],
  ['mode', 'needs a `binding`', ({ mode, binding }) => mode === 'approximate' && binding === ''],
  [
    'binding',
    'is for `mode: approximate`',
    ({ mode, binding }) => mode !== 'approximate' && binding !== '',
  ],
  [
    'quota',
    'cannot be counted with `mode: approximate`',
    ({ mode, quota }) => mode === 'approximate' && quotasOf(quota).length > 0,
  ],
  ['capacity', 'must be at least 1', ({ capacity = 1 }) => capacity < 1],
  [
    'capacity',
    'is the size of a bucket that no rate fills',
    ({ rate = 0, capacity }) => capacity !== undefined && rate <= 0,
  ],
  [
    'cost',
    'is more than the rule ever allows',
    (rule) => sizesOf(rule).some((size) => rule.cost > size),
  ],
]

const quotasOf = (quota: RuleSettings['quota']): readonly number[] =>
  Object.values(quota).filter((most) => most > 0)

const sizesOf = (rule: RuleSettings): readonly number[] => [
  ...(isLimiting({ rate: rule.rate, quota: NO_QUOTA }) ? [capacityOf(rule)] : []),
  ...quotasOf(rule.quota),
]

/** Quotas when none are given. */
export const NO_QUOTA = { second: 0, minute: 0, hour: 0, day: 0 } as const

/** Size of the bucket of a rate. */
export const capacityOf = ({
  rate = 0,
  capacity,
}: Pick<RuleSettings, 'rate' | 'capacity'>): number => capacity ?? Math.max(1, rate)
