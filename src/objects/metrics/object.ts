import { DurableObject } from 'cloudflare:workers'
import type { Counts, CountsBatch } from '../../ports.ts'
import { step } from './step.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS series (name TEXT PRIMARY KEY, sums TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS isolates (
    id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, seen_at INTEGER NOT NULL
  ) WITHOUT ROWID;
`

/** An isolate that was silent for so long is gone, or has nothing left to repeat. */
const FORGOTTEN_AFTER_MS = 7 * 24 * 3_600_000

/** One shard of the gateway's counters, in storage: an idle object is evicted after seconds, and nothing is lost. */
export class Metrics extends DurableObject {
  readonly #sql = this.ctx.storage.sql

  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(state, env)
    this.#sql.exec(SCHEMA)
  }

  /** Adds a batch once, however often it arrives; all of it or nothing. */
  add(batch: CountsBatch): 'added' | 'repeated' {
    return this.ctx.storage.transactionSync(() => {
      const next = step(
        { lastSequence: this.#lastSequence(batch.isolate), counts: this.#readTouched(batch) },
        batch,
      )
      if (next.kind === 'added') this.#write(next.counts, batch)
      return next.kind
    })
  }

  /** All sums of this shard. */
  read(): Counts {
    return Object.fromEntries(
      this.#sql.exec<Row>('SELECT name, sums FROM series').toArray().map(decode),
    )
  }

  #lastSequence(isolate: string): number | undefined {
    const rows = this.#sql.exec<{ sequence: number }>(
      'SELECT sequence FROM isolates WHERE id = ?',
      isolate,
    )
    return rows.toArray()[0]?.sequence
  }

  #readTouched({ counts }: CountsBatch): Counts {
    const rows = Object.keys(counts).flatMap((name) =>
      this.#sql.exec<Row>('SELECT name, sums FROM series WHERE name = ?', name).toArray(),
    )
    return Object.fromEntries(rows.map(decode))
  }

  #write(counts: Counts, { isolate, sequence }: CountsBatch): void {
    const now = Date.now()
    for (const [name, sums] of Object.entries(counts)) {
      this.#sql.exec('INSERT OR REPLACE INTO series VALUES (?, ?)', name, JSON.stringify(sums))
    }
    this.#sql.exec('INSERT OR REPLACE INTO isolates VALUES (?, ?, ?)', isolate, sequence, now)
    this.#sql.exec('DELETE FROM isolates WHERE seen_at < ?', now - FORGOTTEN_AFTER_MS)
  }
}

type Row = { readonly name: string; readonly sums: string }

// Only `#write` fills the column.
const decode = ({ name, sums }: Row) => [name, JSON.parse(sums) as number[]] as const
