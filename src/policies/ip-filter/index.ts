import * as z from 'zod'
import { isNetwork, isWithin, parseNetworks } from '../../lib/networks.ts'
import type { Failure } from '../../http/failure.ts'
import { texts } from '../../http/options.ts'
import { err, ok } from '../../lib/result.ts'
import { defineJudge } from '../judge.ts'

const network = z.string().refine(isNetwork, 'must be a network such as 10.0.0.0/8 or fd00::/8')

const options = z.object({
  allow: texts('Networks (CIDR) or addresses that may pass. Empty: all.', network),
  deny: texts('Networks or addresses that may not pass, even where they are allowed.', network),
})

/**
 * Looks at the client's address as the gateway knows it, never at what a client says of itself. An address that is not
 * known fits no list and does not pass.
 */
export const ipFilter = defineJudge({
  summary: 'Lets in or keeps out by the address of the client.',
  options,
  shows: ['allow', 'deny'],
  keeps: () => [],
  judge: ({ allow, deny }) => {
    const allowed = parseNetworks(allow)
    const denied = parseNetworks(deny)
    const passes = (address: string) =>
      (allow.length === 0 || isWithin(address, allowed)) && !isWithin(address, denied)
    return (c) => {
      const { client } = c.get('exchange')
      return client !== UNKNOWN && passes(client) ? ok(undefined) : err(refusal)
    }
  },
})

const UNKNOWN = 'unknown'
const refusal: Failure = { kind: 'forbidden', reason: 'This address may not come in here.' }
