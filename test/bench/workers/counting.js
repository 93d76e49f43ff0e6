// The floor for an exact limit: the same fetch after one call of an object that does one UPSERT.
import { DurableObject } from 'cloudflare:workers'
import { fetchAsGateway, stampLimits } from './duties.js'

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
    const [, kind, size] = request.url.slice(request.url.indexOf('/', 8)).split('/')
    const url = `${upstream}/json/${size}/one`
    return kind === 'pass' ? fetch(url, request) : stampLimits(await fetchAsGateway(url, request))
  },
}
