import { DurableObject } from 'cloudflare:workers'
import { prefixEnd } from '../../lib/prefix.ts'
import type {
  Store as Port,
  StoreChange,
  StoreCommit,
  StoreEntry,
  StoreQuery,
} from '../../ports.ts'
import { step } from './step.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    key TEXT PRIMARY KEY, value TEXT NOT NULL, revision INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS head (id INTEGER PRIMARY KEY CHECK (id = 0), revision INTEGER NOT NULL);
  INSERT OR IGNORE INTO head VALUES (0, 0);
`

/** Texts with compare-and-swap in one SQLite database; what it has answered is on disk. */
export class Store extends DurableObject {
  readonly #sql = this.ctx.storage.sql

  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(state, env)
    this.#sql.exec(SCHEMA)
  }

  get(keys: Parameters<Port['get']>[0]): StoreEntry[] {
    return keys.flatMap((key) =>
      this.#sql.exec<Row>('SELECT key, value, revision FROM entries WHERE key = ?', key).toArray(),
    )
  }

  list({ prefix, after, limit, keysOnly = false }: StoreQuery): StoreEntry[] {
    const end = prefixEnd(prefix)
    return this.#sql
      .exec<Row>(
        `SELECT key, ${keysOnly ? `'' AS value` : 'value'}, revision FROM entries
         WHERE key ${after === undefined ? '>=' : '>'} ? ${end === undefined ? '' : 'AND key < ?'}
         ORDER BY key LIMIT ?`,
        after ?? prefix,
        ...(end === undefined ? [] : [end]),
        limit,
      )
      .toArray()
  }

  commit(change: StoreChange): StoreCommit {
    return this.ctx.storage.transactionSync(() => {
      const outcome = step(this.#read(change), change)
      if (outcome.kind === 'done') this.#write(change, outcome.revision)
      return outcome
    })
  }

  #read({ expect, remove = [] }: StoreChange) {
    const keys = [...Object.keys(expect), ...remove]
    const head = this.#sql.exec<{ revision: number }>('SELECT revision FROM head').one()
    const rows = keys.flatMap((key) =>
      this.#sql
        .exec<Row>(`SELECT key, '' AS value, revision FROM entries WHERE key = ?`, key)
        .toArray(),
    )
    return {
      revision: head.revision,
      revisions: Object.fromEntries(rows.map(({ key, revision }) => [key, revision])),
    }
  }

  #write({ put, remove = [] }: StoreChange, revision: number): void {
    for (const key of remove) this.#sql.exec('DELETE FROM entries WHERE key = ?', key)
    for (const [key, value] of Object.entries(put)) {
      this.#sql.exec('INSERT OR REPLACE INTO entries VALUES (?, ?, ?)', key, value, revision)
    }
    this.#sql.exec('UPDATE head SET revision = ?', revision)
  }
}

type Row = { readonly key: string; readonly value: string; readonly revision: number }
