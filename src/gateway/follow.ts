import { within } from '../lib/within.ts'
import type { LastGood } from '../snapshots/replica.ts'
import type { Plan } from '../plan/types.ts'
import type { Live } from './live.ts'

/** Where the plans of a follower come from. All methods reject where the store can not be read. */
export interface PlanSource {
  /** What gateways shall serve; undefined as long as nothing was published. */
  readonly check: () => Promise<Newest | undefined>
  /** The last good plan, from a place that does not depend on the store. */
  readonly lastGood: () => Promise<LastGood | undefined>
  /** Tells that a plan serves here, and what is in flight; also that it may be kept as the last good one. */
  readonly report: (served: Served) => Promise<void>
}

/** The head of the store. */
export interface Newest extends Served {
  readonly load: () => Promise<Plan>
}

/** The snapshot that an isolate serves; number 0 is the bundle's. */
export interface Served {
  readonly hash: string
  readonly number: number
}

/** What a follower needs to know beside its source. */
export interface FollowOptions {
  readonly now: () => number
  /** For how long a checked plan needs no check; asked each time, since a plan may set it. */
  readonly intervalMs: () => number
  readonly write: (line: string) => void
}

/** Keeps an isolate on the newest plan of the store. */
export interface Follower {
  /** Undefined when the plan was checked of late: the request may go on at once. Otherwise it goes on after this. */
  readonly beforeRequest: (context: ExecutionContext) => Promise<void> | undefined
  /** Checks now, and serves the newest plan when the promise settles. Rejects where it can not. */
  readonly refresh: () => Promise<void>
  /** Whatever the store holds now is known, and replaces what serves here no sooner than it changes. */
  readonly acknowledge: () => Promise<void>
}

/** How long a request waits for a check; a cold isolate has nothing of its own time to serve yet. */
const PATIENCE_MS = 100
const COLD_PATIENCE_MS = 5000
/** After so long somebody else takes a check over: whoever made it may have been cut off. */
const TAKEOVER_MS = 3000
const POLL_MS = 5

/**
 * Requests know of each other's checks by points in time, never by promises: a request can end at any moment, and what
 * it awaited ends with it.
 */
export function createFollower(live: Live, source: PlanSource, options: FollowOptions): Follower {
  const { now, intervalMs, write } = options
  const course = createCourse(live, source, write)
  let checkedAt = Number.NEGATIVE_INFINITY
  let startedAt = Number.NEGATIVE_INFINITY
  let isCold = true

  const isWithin = (since: number, ms: number): boolean => {
    const passed = now() - since
    // A clock that was set back makes nothing look fresh.
    return passed >= 0 && passed < ms
  }
  const settle = (): void => {
    checkedAt = now()
    isCold = false
  }
  const check = async (): Promise<void> => {
    startedAt = now()
    await course.follow().catch(async (cause: unknown) => {
      write(`the store can not be read: ${describe(cause)}`)
      if (isCold) await course.recall()
    })
    startedAt = Number.NEGATIVE_INFINITY
    settle()
    await source.report(course.served())
  }
  const wait = async (context: ExecutionContext): Promise<void> => {
    const endsAt = now() + (isCold ? COLD_PATIENCE_MS : PATIENCE_MS)
    if (!isWithin(startedAt, TAKEOVER_MS)) {
      const work = check()
      context.waitUntil(work.catch((cause: unknown) => write(`no report: ${describe(cause)}`)))
    }
    const seen = checkedAt
    const isWaiting = () => checkedAt === seen && now() < endsAt
    while (isWaiting()) await sleep(POLL_MS)
  }
  return {
    beforeRequest: (context) => (isWithin(checkedAt, intervalMs()) ? undefined : wait(context)),
    refresh: async () => {
      await course.follow()
      settle()
      await source.report(course.served())
    },
    acknowledge: async () => {
      await course.acknowledge()
      settle()
    },
  }
}

/** A head that takes longer is as good as none. */
const CHECK_MS = 2000

/** Which snapshot an isolate serves, and how it comes to another one. */
interface Course {
  readonly served: () => Served
  /** Serves the newest snapshot, unless it does already or has found that it can not. */
  readonly follow: () => Promise<void>
  /** Serves the last good plan, where there is one. */
  readonly recall: () => Promise<void>
  readonly acknowledge: () => Promise<void>
}

function createCourse(live: Live, source: PlanSource, write: FollowOptions['write']): Course {
  let turns = 0
  let appliedTurn = 0
  let served: Served = { hash: '', number: 0 }
  let refused = ''

  const apply = (plan: Plan, next: Served, turn: number): void => {
    // Of two checks that overtake each other, the later one counts.
    if (turn < appliedTurn) return
    appliedTurn = turn
    const reason = trySwap(live, plan)
    if (reason === undefined) {
      served = next
      return
    }
    refused = next.hash
    write(`snapshot ${next.hash.slice(0, 12)} can not be served here: ${reason}`)
  }
  return {
    served: () => served,
    follow: async () => {
      const turn = ++turns
      const newest = await within(CHECK_MS, source.check())
      if (newest === undefined || newest.hash === served.hash || newest.hash === refused) return
      apply(await newest.load(), newest, turn)
    },
    recall: async () => {
      const turn = ++turns
      try {
        const good = await within(CHECK_MS, source.lastGood())
        if (good !== undefined) apply(good.plan, good, turn)
      } catch (cause) {
        write(`no last good plan: ${describe(cause)}`)
      }
    },
    acknowledge: async () => {
      const newest = await within(CHECK_MS, source.check())
      if (newest !== undefined) served = newest
    },
  }
}

/** Why a plan does not serve here; undefined when it does. What was stored by other code may be beyond us. */
function trySwap(live: Live, plan: Plan): string | undefined {
  try {
    const swapped = live.swap(plan)
    return swapped.ok ? undefined : swapped.error.map(({ message }) => message).join(' ')
  } catch (cause) {
    return describe(cause)
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

const describe = (cause: unknown): string =>
  cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
