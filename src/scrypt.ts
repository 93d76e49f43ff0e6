import { scryptSync } from 'node:crypto'
import type { Scrypt } from './lib/password-hash.ts'

/** scrypt as the platform has it, in a module of its own: Node's are not loaded before somebody signs in. */
export const scrypt: Scrypt = async (password, salt, { ln, r, p }) =>
  scryptSync(password, salt, 32, { N: 2 ** ln, r, p, maxmem: 256 * r * 2 ** ln })
