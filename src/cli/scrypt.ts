import { scrypt as nodeScrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { Scrypt } from '../lib/password-hash.ts'

const derive = promisify<string, Uint8Array, number, object, Buffer>(nodeScrypt)

/** scrypt as Node has it. */
export const scrypt: Scrypt = (password, salt, { ln, r, p }) =>
  derive(password, salt, 32, { N: 2 ** ln, r, p, maxmem: 256 * r * 2 ** ln })
