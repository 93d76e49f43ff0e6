// Asks the objects of one rule about clients that come once each: what the gateway does, without its HTTP and with one
// call for many questions, so that a million of them take minutes and not hours.
import { Limiter as Real } from '../../../src/objects/limiter/object.ts'
import { shardOf } from '../../../src/objects/limiter/shard.ts'

export class Limiter extends Real {
  takeAll(questions) {
    return questions.filter((asked) => this.take(asked).granted > 0).length
  }
}

export default {
  /** Takes `{rule, keys}`; answers how many of so many random keys were admitted. */
  async fetch(request, { LIMITER }) {
    const { rule, keys } = await request.json()
    const { limits, cost } = rule
    const ids = Array.from({ length: keys }, () => crypto.randomUUID())
    const byShard = Map.groupBy(ids, (key) => shardOf(rule, key))
    const admitted = await Promise.all(
      [...byShard].map(([name, list]) =>
        LIMITER.getByName(name).takeAll(
          list.map((key) => ({ key, limits, least: cost, most: cost })),
        ),
      ),
    )
    return Response.json({ admitted: admitted.reduce((sum, count) => sum + count, 0) })
  },
}
