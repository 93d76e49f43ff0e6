/** Decides who may pass, by rule and key. No method of it rejects: what goes wrong is a verdict. */
export interface Limiter {
  /** Takes the rule's cost from the bucket of a key; work that outlives the answer goes to `later`. */
  readonly take: (
    rule: LimitRule,
    key: string,
    later: (work: Promise<unknown>) => void,
  ) => Verdict | Promise<Verdict>
  /** Where a key stands, without taking anything; undefined when its object does not answer. */
  readonly read: (rule: LimitRule, key: string) => Promise<readonly Standing[] | undefined>
  /** Fills the bucket of a key; false when its object does not answer. */
  readonly reset: (rule: LimitRule, key: string) => Promise<boolean>
}

/** One rule: what a key may take, and how exactly that is counted. */
export interface LimitRule {
  /** Identity of the buckets. It depends on the names of endpoint and rule alone, so that buckets outlive other edits. */
  readonly id: string
  /** All of them must have enough; at least one. */
  readonly limits: readonly Limit[]
  /** Tokens of one request; a whole number that no limit's capacity is below. */
  readonly cost: number
  readonly mode: 'exact' | 'leased' | 'approximate'
  /** Name of the platform's rate limiter; for `approximate` alone. */
  readonly binding?: string
  /** Objects over which the keys are spread; 1 for a rule without keys. */
  readonly shards: number
  /** How long a request waits for the object. */
  readonly budgetMs: number
}

/** A token bucket that starts full, or a quota per period of the clock (UTC). */
export type Limit =
  | {
      readonly kind: 'bucket'
      readonly name: string
      readonly capacity: number
      readonly perSecond: number
    }
  | {
      readonly kind: 'window'
      readonly name: string
      readonly capacity: number
      readonly periodMs: number
    }

export type Verdict =
  | { readonly kind: 'admitted'; readonly standings: readonly Standing[] }
  | {
      readonly kind: 'refused'
      readonly retryAfterMs: number
      readonly standings: readonly Standing[]
    }
  /** Nobody could say; the rule's `on_error` decides. */
  | { readonly kind: 'failed'; readonly reason: string }

/** What is left of one limit. */
export interface Standing {
  /** Name of the limit. */
  readonly name: string
  /** Whole tokens. */
  readonly left: number
  /** Time until the limit is full again. */
  readonly resetMs: number
}

/** Where buckets are kept, spread over names; a Durable Object namespace has this shape. */
export interface LimiterShards {
  readonly getByName: (name: string) => LimiterShard
}

export interface LimiterShard {
  readonly take: (asked: Asked) => Promise<Answer>
  readonly read: (key: string, limits: readonly Limit[]) => Promise<readonly Standing[]>
  readonly reset: (key: string) => Promise<void>
}

/** What an isolate asks of the bucket of a key. */
export interface Asked {
  readonly key: string
  readonly limits: readonly Limit[]
  /** Grants between `least` and `most` tokens, or none; both are the cost of one request where every one is asked for. */
  readonly least: number
  readonly most: number
  /** Tokens of an earlier grant that were not spent and will not be. */
  readonly returned?: { readonly tokens: number; readonly grantedAt: number }
}

export interface Answer {
  /** Tokens; 0 is a refusal. */
  readonly granted: number
  /** When, on the clock of the object. */
  readonly at: number
  readonly standings: readonly Standing[]
  /** Time until there are enough tokens; 0 when some were granted. */
  readonly retryAfterMs: number
  /** How long the isolate shall not ask for this key again; 0 when tokens were granted. */
  readonly holdOffMs: number
}
