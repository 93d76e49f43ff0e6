import { DurableObject } from 'cloudflare:workers'
import type { Answer, Asked, Limit, Standing } from '../../ports/limiter.ts'
import { type Levels, standingsOf, step } from './step.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS keys (
    key TEXT PRIMARY KEY, levels TEXT NOT NULL, full_at INTEGER NOT NULL
  ) WITHOUT ROWID;
`

/** In place: to replace a row costs a tenth more of the whole call. */
const UPSERT = `
  INSERT INTO keys VALUES (?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET levels = excluded.levels, full_at = excluded.full_at
`

/** Full buckets are looked for at most this often. */
const SWEEP_MS = 30_000
/** Keys whose levels are also kept in memory. */
const MOST_CACHED = 4096

/**
 * The buckets of some keys, in storage: an idle object is evicted after seconds. Rows whose bucket is full again say
 * nothing and are deleted. What is in memory is a copy (`#cache`) or may be lost (`#nextTurnAt`: whose turn it is).
 */
export class Limiter extends DurableObject {
  readonly #sql = this.ctx.storage.sql
  readonly #cache = new Map<string, Levels>()
  #sweepAt = Number.POSITIVE_INFINITY
  #nextTurnAt = 0

  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(state, env)
    this.#sql.exec(SCHEMA)
    void state.blockConcurrencyWhile(async () => {
      this.#sweepAt = (await state.storage.getAlarm()) ?? Number.POSITIVE_INFINITY
    })
  }

  /** Takes tokens of a key, or tells when to come back. */
  take(asked: Asked): Answer {
    const stored = { levels: this.#levelsOf(asked.key), nextTurnAt: this.#nextTurnAt }
    const { answer, kept, nextTurnAt } = step(stored, asked, Date.now(), Math.random())
    this.#nextTurnAt = nextTurnAt
    if (kept !== undefined) this.#write(asked.key, kept.levels, kept.fullAt)
    return answer
  }

  /** Where a key stands. */
  read(key: string, limits: readonly Limit[]): readonly Standing[] {
    return standingsOf(limits, this.#levelsOf(key), Date.now())
  }

  /** Fills the bucket of a key. */
  reset(key: string): void {
    this.#cache.delete(key)
    this.#sql.exec('DELETE FROM keys WHERE key = ?', key)
  }

  override async alarm(): Promise<void> {
    const now = Date.now()
    this.#cache.clear()
    this.#sql.exec('DELETE FROM keys WHERE full_at <= ?', now)
    const { next } = this.#sql
      .exec<{ next: number | null }>('SELECT min(full_at) AS next FROM keys')
      .one()
    this.#sweepAt = next === null ? Number.POSITIVE_INFINITY : Math.max(next, now + SWEEP_MS)
    if (next !== null) await this.ctx.storage.setAlarm(this.#sweepAt)
  }

  #levelsOf(key: string): Levels {
    const cached = this.#cache.get(key)
    if (cached !== undefined) return cached
    const [row] = this.#sql
      .exec<{ levels: string }>('SELECT levels FROM keys WHERE key = ?', key)
      .toArray()
    // Only `#write` fills the column.
    return row === undefined ? {} : (JSON.parse(row.levels) as Levels)
  }

  #write(key: string, levels: Levels, fullAt: number): void {
    this.#sql.exec(UPSERT, key, JSON.stringify(levels), fullAt)
    if (this.#cache.size >= MOST_CACHED) this.#cache.clear()
    this.#cache.set(key, levels)
    if (this.#sweepAt <= fullAt + SWEEP_MS) return
    this.#sweepAt = fullAt + SWEEP_MS
    void this.ctx.storage.setAlarm(this.#sweepAt)
  }
}
