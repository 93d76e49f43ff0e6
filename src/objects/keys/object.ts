import { DurableObject } from 'cloudflare:workers'
import type { ReadKeys } from '../../ports/issuer-keys.ts'
import { readKeys } from './read.ts'
import { answerOf, settle, shouldRead, type Stored } from './step.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS memory (id INTEGER PRIMARY KEY CHECK (id = 0), stored TEXT NOT NULL);
`

/** Reads the keys of one issuer for all isolates. What it knows is in storage: an idle object is evicted after seconds. */
export class Keys extends DurableObject {
  readonly #sql = this.ctx.storage.sql

  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(state, env)
    this.#sql.exec(SCHEMA)
  }

  /** The keys at an address: always the one that the object is named after. */
  async read(url: string, isMissing: boolean): Promise<ReadKeys> {
    const known = this.#recall()
    if (known !== undefined && !shouldRead(known, isMissing, Date.now())) {
      return answerOf(known, Date.now())
    }
    // Who asks meanwhile waits for this one look and finds its outcome.
    const stored = await this.ctx.blockConcurrencyWhile(async () => {
      const before = this.#recall()
      if (before !== undefined && !shouldRead(before, isMissing, Date.now())) return before
      const after = settle(before, await readKeys(url), Date.now())
      this.#sql.exec('INSERT OR REPLACE INTO memory VALUES (0, ?)', JSON.stringify(after))
      return after
    })
    return answerOf(stored, Date.now())
  }

  #recall(): Stored | undefined {
    const [row] = this.#sql.exec<{ stored: string }>('SELECT stored FROM memory').toArray()
    // Only `read` fills the row.
    return row === undefined ? undefined : (JSON.parse(row.stored) as Stored)
  }
}
