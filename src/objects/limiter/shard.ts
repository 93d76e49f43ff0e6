import type { LimitRule } from '../../ports/limiter.ts'

/** The name of the object that keeps a key: always the same one, out of as many as the rule has. */
export const shardOf = ({ id, shards }: LimitRule, key: string): string =>
  shards === 1 ? id : `${id}/${hash(key) % shards}`

/** FNV-1a, 32 bits, with a last mixing so that short keys spread as well. */
function hash(text: string): number {
  let sum = 0x81_1c_9d_c5
  for (let i = 0; i < text.length; i++) {
    sum = Math.imul(sum ^ text.charCodeAt(i), 0x01_00_01_93)
  }
  sum = Math.imul(sum ^ (sum >>> 15), 0x2c_1b_3c_6d)
  return (sum ^ (sum >>> 13)) >>> 0
}
