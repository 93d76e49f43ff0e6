import * as z from 'zod'
import { amount, count, flag, name, word } from '../../http/options.ts'
import {
  amounts,
  contradictions,
  counting,
  type KeySource,
  NO_QUOTA,
  type RuleSettings,
} from '../../limits/settings.ts'

const SHARDS = 256

const named = z
  .object({
    header: name('Name of a request header.'),
    cookie: name('Name of a cookie.'),
    claim: name('Name of a claim of the token that `mw-jwt` has checked; dotted for nested ones.'),
  })
  .refine(
    (part) => Object.values(part).filter((name) => name !== '').length === 1,
    'must name one header, cookie or claim',
  )

const keyPart = z
  .union([named, z.enum(['ip', 'subject'])], {
    error: 'must be ip, subject, {header: NAME}, {cookie: NAME} or {claim: NAME}',
  })
  .meta({ title: 'keys' })

const rule = z.object({
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'must be made of letters, digits, "_", "." and "-"')
    .describe('Name of the rule, in headers, log and metrics; with a new name it counts anew.'),
  keys: z
    .array(keyPart)
    .nullish()
    .transform((value) => value ?? [])
    .describe(
      'What tells clients apart, all parts together: `ip`, `subject` (of the token), `{header: NAME}`, `{cookie: NAME}`, `{claim: NAME}`. A request without one of them is refused with 429. Empty: one limit for all, refused with 503.',
    ),
  rate: amount('Requests per second; may be a fraction.'),
  ...amounts,
  ...counting,
})

const fields = z.object({
  enabled: flag('`false` switches the block off.', true),
  max_rate: amount('Requests per second of the endpoint, all clients together; above it 503.').meta(
    {
      aliases: ['maxRate'],
    },
  ),
  client_max_rate: amount('Requests per second of one client; above it 429.').meta({
    aliases: ['clientMaxRate'],
  }),
  strategy: word(
    ['ip', 'header', 'cookie', 'claim', 'subject'],
    'What tells the clients of `client_max_rate` apart. Default: `ip` (of an IPv6 address its /64).',
  ),
  key: name('Name of the header, cookie or claim. A request without it is refused with 429.'),
  rules: z
    .array(rule)
    .nullish()
    .transform((value) => value ?? [])
    .describe(
      'More limits, each with its own keys, rate and quotas. What follows are their defaults.',
    ),
  ...counting,
  shards: count('Objects over which the clients of a rule are spread. 0 and absent: 256.'),
  headers: word(
    ['standard', 'legacy', 'both', 'off'],
    'What clients learn: `standard` is `RateLimit` and `RateLimit-Policy`, `legacy` is `X-RateLimit-*`. Refusals always have `Retry-After`. Default: `standard`.',
  ),
})

/** The options of `mw-ratelimit` at an endpoint. */
export const options = fields.superRefine((block, context) => {
  const { max_rate, client_max_rate } = block
  const complain = (path: PropertyKey[], message: string) =>
    context.addIssue({ code: 'custom', path, message })
  if (isOn(client_max_rate) && 'name' in clientKey(block) && block.key === '') {
    complain(['strategy'], 'needs a `key`')
  }
  const placed = placedRules(block)
  for (const { settings, given, path } of placed) {
    for (const [key, message] of contradictions(settings)) {
      const isDefault = Object.hasOwn(counting, key) && !Object.hasOwn(given, key)
      complain(isDefault ? [key] : [...path, key], message)
    }
  }
  const isForOne = placed.some(({ settings }) => settings.mode === 'approximate')
  if (block.binding !== '' && !isForOne && ![max_rate, client_max_rate].some(isOpen)) {
    complain(['binding'], 'is for `mode: approximate`')
  }
  const names = new Set(['client', 'endpoint'])
  for (const [index, { name }] of block.rules.entries()) {
    if (names.has(name)) complain(['rules', index, 'name'], 'is taken by another rule')
    names.add(name)
  }
})

export type Options = z.output<typeof options>

/** The rules of a block in the order in which they are asked: those of single clients first, as in cb-restapigw. */
export function rulesOf(block: Options): readonly RuleSettings[] {
  if (!block.enabled) return []
  const rules = placedRules(block).map(({ settings }) => settings)
  return rules.toSorted((a, b) => Number(a.keys.length === 0) - Number(b.keys.length === 0))
}

/** A rule, what was written for it alone, and where; the rest are defaults of the block. */
interface Placed {
  readonly settings: RuleSettings
  readonly given: Readonly<Record<string, unknown>>
  readonly path: readonly PropertyKey[]
}

function placedRules(block: Options): readonly Placed[] {
  const { client_max_rate: client, max_rate: endpoint } = block
  const top = (name: string, keys: RuleSettings['keys'], rate?: number): Placed[] =>
    isOn(rate) ? [{ settings: complete({ name, keys, rate }, block), given: {}, path: [] }] : []
  const others = block.rules.map((rule, index): Placed => {
    const given = onlyGiven(rule)
    const keys = rule.keys.map(toSource)
    return {
      settings: complete({ ...given, name: rule.name, keys }, block),
      given,
      path: ['rules', index],
    }
  })
  return [...top('client', [clientKey(block)], client), ...others, ...top('endpoint', [], endpoint)]
}

/** A rule with the block's defaults; the block's binding is only for rules that are approximate. */
function complete(
  given: Partial<RuleSettings> & Pick<RuleSettings, 'name' | 'keys'>,
  { mode, binding, cost, shadow, on_error, budget, shards }: Options,
): RuleSettings {
  const isApproximate = (given.mode ?? mode) === 'approximate'
  return {
    mode,
    cost,
    shadow,
    on_error,
    budget,
    binding: isApproximate ? binding : '',
    quota: NO_QUOTA,
    shards: shards === 0 ? SHARDS : shards,
    ...given,
  }
}

/** Without what absent keys were read as. */
const onlyGiven = (written: z.output<typeof rule>): Partial<RuleSettings> =>
  Object.fromEntries(Object.entries(written).filter(([, value]) => !ABSENT.has(value)))

const ABSENT = new Set<unknown>([undefined, '', 0, false, '0s'])

/** A rate that waits for its `${NAME}` is a text yet. */
const isOpen = (rate: unknown): boolean => typeof rate === 'string'

const isOn = (rate = 0): boolean => rate > 0

function clientKey({ strategy = 'ip', key }: Options): KeySource {
  return strategy === 'ip' || strategy === 'subject'
    ? { from: strategy }
    : { from: strategy, name: key }
}

type KeyPart = 'ip' | 'subject' | { readonly [kind: string]: string }

function toSource(part: KeyPart): KeySource {
  if (typeof part === 'string') return { from: part }
  const [from, name] = Object.entries(part).find(([, name]) => name !== '') ?? []
  // The schema allows one of three names.
  return { from: from as 'header' | 'cookie' | 'claim', name: name ?? '' }
}
