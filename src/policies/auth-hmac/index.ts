import * as z from 'zod'
import { bearerChallenge } from '../../http/challenge.ts'
import type { Failure } from '../../http/failure.ts'
import { err, ok } from '../../lib/result.ts'
import { defineJudge } from '../judge.ts'
import { texts } from '../../http/options.ts'
import { importSecret, judgeToken, parseToken, type SecretKey, type TokenState } from './token.ts'

const options = z.object({
  secure_key: z
    .string()
    .nullish()
    .transform((value) => value ?? '')
    .describe(
      'Key of the signatures; write it as a `${NAME}` reference. Without one every request is refused.',
    ),
  access_ids: texts('Whose tokens are good. Without any every request is refused.'),
})

/** The signed tokens of cb-restapigw, in its format; made by `cb-bridge token make`. */
export const authHmac = defineJudge({
  summary: 'Lets in who brings a token signed with a shared key (HMAC-SHA256).',
  options,
  shows: ['access_ids'],
  keeps: () => ['authorization'],
  remarks: ({ secure_key, access_ids }) => [
    ...(secure_key === '' ? [refusesAll('secure_key', 'Write secure_key: ${NAME}.')] : []),
    ...(access_ids.length === 0 ? [refusesAll('access_ids', 'Name who may pass.')] : []),
  ],
  judge: ({ secure_key: secret, access_ids }, { ports }) => {
    const accessIds = new Set(access_ids)
    let key: SecretKey | undefined
    return async (c) => {
      const exchange = c.get('exchange')
      const sent = exchange.sent.get('authorization')
      if (sent === undefined) return err(missing)
      key ??= await importSecret(secret)
      const token = parseToken(sent.trim().replace(/^bearer +/i, ''))
      const state =
        key === undefined || token === undefined
          ? 'forged'
          : await judgeToken(key, token, ports.now())
      if (token === undefined || state !== 'good') return err(refusals[state])
      return accessIds.has(token.accessId)
        ? ok({ kind: 'hmac', subject: token.accessId, claims: {} })
        : err(refusals.forged)
    }
  },
})

const refusesAll = (key: string, hint: string) => ({
  key,
  message: `Without "${key}" every request is refused.`,
  hint,
})

const missing: Failure = { kind: 'unauthorized', challenges: [bearerChallenge()] }

const refusal = (description?: string): Failure => ({
  kind: 'unauthorized',
  challenges: [bearerChallenge('invalid_token', description === undefined ? {} : { description })],
})

/** Who cannot sign learns nothing about keys and ids; whose token was good learns that its time is over. */
const refusals: Readonly<Record<TokenState, Failure>> = {
  good: refusal(),
  forged: refusal(),
  expired: refusal('The token has expired'),
  premature: refusal('The token is not valid yet'),
}
