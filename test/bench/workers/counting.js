// The floor for an exact limit: the same fetch after one call of an object that does one UPSERT.
import { DurableObject } from 'cloudflare:workers'

export class Counter extends DurableObject {
  constructor(state, env) {
    super(state, env)
    state.storage.sql.exec('CREATE TABLE IF NOT EXISTS counts (key TEXT PRIMARY KEY, n INTEGER)')
  }

  count(key) {
    return this.ctx.storage.sql
      .exec(
        'INSERT INTO counts VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET n = n + 1 RETURNING n',
        key,
      )
      .one().n
  }
}

export default {
  async fetch(request, { COUNTER, UPSTREAM: upstream }) {
    await COUNTER.getByName('all').count('all')
    const size = request.url.slice(request.url.lastIndexOf('/') + 1)
    return fetch(`${upstream}/json/${size}/one`, request)
  },
}
