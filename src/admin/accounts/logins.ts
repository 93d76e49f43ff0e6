import * as z from 'zod'
import { networkOf } from '../../http/network.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import {
  attempted,
  type Attempts,
  excused,
  isKnown,
  PATIENCE,
  type Slot,
  update,
  waitMs,
} from './attempts.ts'
import { digest } from './digest.ts'
import { decode, KEYS, readEntries, type Stored } from './records.ts'
import type { AccountHost } from './users.ts'

/** Who tries to sign in as whom. */
export interface Attempt {
  readonly user: string
  /** The client's. */
  readonly address: string
}

/** Why nobody looked at the password. */
export type Refused =
  | { readonly kind: 'locked'; readonly waitMs: number }
  | { readonly kind: 'busy' }

/** An attempt that may go on; `succeed` takes back that it was counted as a failure. */
export interface Admitted {
  readonly succeed: () => Promise<void>
}

/** Attempts of all unknown addresses together in a minute: each costs a fifth of a second of CPU. */
const MOST_PER_MINUTE = 60
const SLOTS = 32
const TRIES = 8

const slotRecord = z.record(
  z.string(),
  z.object({ n: z.number(), at: z.number(), knownAt: z.number().exactOptional() }),
)

/**
 * Counts an attempt before the password is looked at, so that a thousand at once are a thousand. An address that is
 * known for a user has a count of its own: whoever tries from elsewhere can lock neither it nor API tokens.
 */
export async function admit(
  host: AccountHost,
  attempt: Attempt,
): Promise<Result<Admitted, Refused>> {
  const subjects = await subjectsOf(attempt)
  for (let tries = 0; tries < TRIES; tries++) {
    const read = await readSlots(host, subjects)
    const judged = judge(read, subjects, host.now())
    if (judged.waitMs > 0) return err({ kind: 'locked', waitMs: judged.waitMs })
    if (await write(host, read, judged.changes)) {
      return ok({ succeed: () => succeed(host, subjects, judged.isKnown) })
    }
  }
  return err({ kind: 'busy' })
}

/** Where the attempts of a subject stand: the key of its slot, and its name in it. */
interface Subject {
  readonly slot: string
  readonly name: string
}

interface Subjects {
  readonly address: Subject
  readonly user: Subject
  /** The two together, beside the user. */
  readonly pair: Subject
  readonly all: Subject
}

const ALL: Subject = { slot: 'all', name: 'all' }

async function subjectsOf({ user, address }: Attempt): Promise<Subjects> {
  const network = networkOf(address)
  const [ofAddress, ofUser, ofPair] = await Promise.all(
    [`address ${network}`, `user ${user}`, `pair ${user} ${network}`].map(digest),
  )
  const place = (kind: string, name = ''): string => `${kind}${slotNumber(name)}`
  const [a = '', u = '', p = ''] = [ofAddress, ofUser, ofPair]
  return {
    address: { slot: place('address-', a), name: a.slice(0, NAME) },
    user: { slot: place('user-', u), name: u.slice(0, NAME) },
    pair: { slot: place('user-', u), name: p.slice(0, NAME) },
    all: ALL,
  }
}

/** Characters of a digest: 96 bits. */
const NAME = 16

const slotNumber = (name: string): number => (name.codePointAt(20) ?? 0) % SLOTS

type Slots = ReadonlyMap<string, Stored<Slot>>

async function readSlots({ store }: AccountHost, subjects: Subjects): Promise<Slots> {
  const names = [...new Set(Object.values(subjects).map(({ slot }: Subject) => slot))]
  const entries = await readEntries(store, names.map(KEYS.logins))
  return new Map(
    names.map((name) => [
      name,
      decode(slotRecord, entries.get(KEYS.logins(name))) ?? { value: {}, revision: 0 },
    ]),
  )
}

const find = (slots: Slots, { slot, name }: Subject): Attempts | undefined => {
  const attempts = slots.get(slot)?.value
  return attempts !== undefined && Object.hasOwn(attempts, name) ? attempts[name] : undefined
}

type Change = readonly [Subject, Attempts]

interface Judged {
  readonly waitMs: number
  readonly isKnown: boolean
  readonly changes: readonly Change[]
}

function judge(slots: Slots, { address, user, pair, all }: Subjects, now: number): Judged {
  const ofPair = find(slots, pair)
  if (isKnown(ofPair, now)) {
    const wait = waitMs(ofPair, PATIENCE.known, now)
    return { waitMs: wait, isKnown: true, changes: [[pair, attempted(ofPair, now)]] }
  }
  const [ofAddress, ofUser] = [find(slots, address), find(slots, user)]
  const together = tick(find(slots, all), now)
  const waits = [
    waitMs(ofAddress, PATIENCE.address, now),
    waitMs(ofUser, PATIENCE.user, now),
    together.n > MOST_PER_MINUTE ? together.at + MINUTE_MS - now : 0,
  ]
  const changes: readonly Change[] = [
    [address, attempted(ofAddress, now)],
    [user, attempted(ofUser, now)],
    [all, together],
  ]
  return { waitMs: Math.max(...waits), isKnown: false, changes }
}

const MINUTE_MS = 60_000

/** Counts in windows of a minute; `at` is where the window began. */
function tick(attempts: Attempts | undefined, now: number): Attempts {
  const isOver = attempts === undefined || Math.abs(now - attempts.at) >= MINUTE_MS
  return isOver ? { n: 1, at: now } : { ...attempts, n: attempts.n + 1 }
}

async function write(
  { store, now }: AccountHost,
  slots: Slots,
  changes: readonly Change[],
): Promise<boolean> {
  const bySlot = Map.groupBy(changes, ([{ slot }]) => slot)
  const expect: Record<string, number> = {}
  const put: Record<string, string> = {}
  for (const [slot, own] of bySlot) {
    const known = slots.get(slot)
    const changed = Object.fromEntries(own.map(([{ name }, attempts]) => [name, attempts]))
    expect[KEYS.logins(slot)] = known?.revision ?? 0
    put[KEYS.logins(slot)] = JSON.stringify(update(known?.value ?? {}, changed, now()))
  }
  return (await store.commit({ expect, put })).kind === 'done'
}

/**
 * The user's failures are over and the address is known from now on. The address itself is excused this one attempt
 * alone: otherwise whoever has an account could wash off guesses at another.
 */
async function succeed(host: AccountHost, subjects: Subjects, wasKnown: boolean): Promise<void> {
  const { address, user, pair } = subjects
  for (let tries = 0; tries < TRIES; tries++) {
    const slots = await readSlots(host, subjects)
    const known: Change = [pair, { n: 0, at: host.now(), knownAt: host.now() }]
    const changes: readonly Change[] = wasKnown
      ? [known]
      : [known, [address, excused(find(slots, address))], [user, { n: 0, at: host.now() }]]
    if (await write(host, slots, changes)) return
  }
}
