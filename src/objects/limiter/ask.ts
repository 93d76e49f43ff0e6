import { createRecent } from '../../lib/recent.ts'
import { TooLate, within } from '../../lib/within.ts'
import type { Answer, Asked, LimiterShards } from '../../ports/limiter.ts'

/** What came of a question to an object. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** It lives and has too much to do. */
  | { readonly kind: 'overloaded' }
  | { readonly kind: 'failed'; readonly reason: string }

/** Asks the object of that name, for `budgetMs` at most. Never rejects. */
export type Ask = (name: string, asked: Asked, budgetMs: number) => Promise<Outcome>

/** What an isolate knows of an object. */
interface Line {
  /** Goes up with each answer. */
  answers: number
  /** Not asked in this time: nobody shall wait in vain for what has just failed others. */
  pause?: { readonly from: number; readonly until: number; readonly reason: string }
}

/** Objects that are remembered. */
const MOST_LINES = 10_000
const PAUSE_MS = 1000

/**
 * Builds the asking of an isolate. An object that answers others and not us in time is overloaded, not dead: whoever
 * floods it must not get past the limit that way.
 */
export function createAsk(shards: LimiterShards, now: () => number): Ask {
  const lines = createRecent<Line>(MOST_LINES)
  const lineOf = (name: string): Line => {
    const known = lines.get(name)
    if (known !== undefined) return known
    const line = { answers: 0 }
    lines.set(name, line)
    return line
  }
  return async (name, asked, budgetMs) => {
    const line = lineOf(name)
    const { answers, pause } = line
    const time = now()
    if (pause !== undefined && time >= pause.from && time < pause.until) {
      return { kind: 'failed', reason: pause.reason }
    }
    try {
      const answer = await within(budgetMs, counted(callTwice(shards, name, asked), line))
      delete line.pause
      return { kind: 'answer', answer }
    } catch (cause) {
      const isBusy = cause instanceof TooLate ? line.answers > answers : says(cause, 'overloaded')
      if (isBusy) return { kind: 'overloaded' }
      const reason = cause instanceof Error ? cause.message : String(cause)
      const from = now()
      line.pause = { from, until: from + PAUSE_MS * (0.5 + Math.random()), reason }
      return { kind: 'failed', reason }
    }
  }
}

/** A late answer counts too: it shows that the object lives. */
async function counted(call: Promise<Answer>, line: Line): Promise<Answer> {
  const answer = await call
  line.answers++
  return answer
}

/** The platform says when a call may go well the second time (an object that moved, a connection that broke). */
async function callTwice(shards: LimiterShards, name: string, asked: Asked): Promise<Answer> {
  try {
    return await shards.getByName(name).take(asked)
  } catch (cause) {
    if (!says(cause, 'retryable') || says(cause, 'overloaded')) throw cause
    return shards.getByName(name).take(asked)
  }
}

/** Properties of the errors of Durable Objects. */
const says = (cause: unknown, word: 'overloaded' | 'retryable'): boolean =>
  cause instanceof Error && (cause as { readonly [key in typeof word]?: unknown })[word] === true
