import { randomInt } from 'node:crypto'
import * as z from 'zod'
import type { Handler } from './dispatch.ts'
import { failuresOf } from './failures.ts'
import { asSecret } from './values.ts'

const CHARACTERS = {
  alphanumeric: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  hex: '0123456789abcdef',
} as const

const MIN_BITS = 128

const inputs = z
  .object({
    length: z.int().max(256),
    alphabet: z.enum(['alphanumeric', 'hex']),
    /** The value that the cluster holds, for a state that was lost. */
    existing: z.string().optional(),
    /** Asks for a new value. */
    rotate: z.boolean().default(false),
    /** Why a new value cannot simply be set. */
    fixed: z.string().optional(),
  })
  .superRefine(({ length, alphabet, rotate, fixed }, context) => {
    if (length * Math.log2(CHARACTERS[alphabet].length) < MIN_BITS) {
      const message = `It would have less than ${MIN_BITS} bits.`
      context.addIssue({ code: 'custom', path: ['length'], message })
    }
    if (rotate && fixed !== undefined) {
      const message = `It cannot be made anew: ${fixed}.`
      context.addIssue({ code: 'custom', path: ['rotate'], message })
    }
  })

/** A secret value that is made once and then stays, until its rotation is asked for. It is an output and nowhere else. */
export const generatedSecret: Handler = {
  check: (given) => failuresOf(inputs, given),
  diff: (_olds, news) => ({ changes: inputs.parse(news).rotate }),
  create: async (given) => {
    const { existing, ...wanted } = inputs.parse(given)
    return { id: 'generated', outs: { value: asSecret(existing ?? generate(wanted)) } }
  },
  read: async ({ value }) => ({ value: asSecret(value) }),
  update: async ({ value }, news) => {
    const wanted = inputs.parse(news)
    return { value: asSecret(wanted.rotate ? generate(wanted) : value) }
  },
  delete: async () => undefined,
}

/** A value from the system's random source, each character as likely as any other. */
function generate({ length, alphabet }: Pick<z.output<typeof inputs>, 'length' | 'alphabet'>) {
  const characters = CHARACTERS[alphabet]
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join('')
}
