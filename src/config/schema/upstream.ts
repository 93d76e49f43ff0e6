import * as z from 'zod'
import { err, ok } from '../../lib/result.ts'
import type { AuthDocument } from '../document.ts'
import { headerName, headerValue } from './headers.ts'
import { count, duration, flag, host, label, scalar } from './scalars.ts'

const target = z.object({
  url: host().describe('Address: `[http(s)://]name[:port][/base]`, without credentials.'),
  weight: count(0, 1_000_000)
    .default(1)
    .describe('Share of the calls among targets of one tier; 0 takes none.'),
  tier: count(0, 1_000)
    .default(0)
    .describe(
      'Calls go to the targets of the lowest tier; higher ones are accepted and wait for failover, which this version has not.',
    ),
})

const ready = z.object({
  path: scalar('path', readPath).describe('Path that answers when the service is ready.'),
  codes: z.array(count(100, 599)).min(1).default([200]).describe('Status codes that mean ready.'),
  timeout: duration().default('2s').describe('How long one check may take.'),
})

const basic = z.object({
  username: scalar('text', readUsername).describe('User name, without a colon (RFC 7617).'),
  password: z.string().describe('Password; write it as a `${NAME}` reference.'),
})

const bearer = z.object({
  token: headerValue().describe('Token (RFC 6750); write it as a `${NAME}` reference.'),
})

const header = z.object({
  name: headerName().describe('Name of the header, e.g. `X-Api-Key`.'),
  value: headerValue().describe('Its value; write it as a `${NAME}` reference.'),
})

const auth = z
  .object({
    basic: basic.exactOptional().describe('HTTP Basic authentication.'),
    bearer: z
      .union([headerValue(), bearer])
      .exactOptional()
      .describe('A bearer token: the token itself, or a map with `token`.'),
    header: header.exactOptional().describe('A secret in a header of its own.'),
  })
  .transform((given, context): AuthDocument => {
    if (Object.keys(given).length !== 1) {
      const message = 'Exactly one of basic, bearer and header is needed.'
      context.addIssue({ code: 'custom', message })
    }
    if (given.basic !== undefined) return { kind: 'basic', ...given.basic }
    if (given.header !== undefined) return { kind: 'header', ...given.header }
    const token = typeof given.bearer === 'string' ? given.bearer : (given.bearer?.token ?? '')
    return { kind: 'bearer', token }
  })

/** One entry of `upstreams`: a named service with its addresses and the way to reach it. */
export const upstream = z
  .object({
    targets: z.array(target).min(1).describe('Addresses of the service.'),
    ready: ready.exactOptional().describe('How to tell that the service is ready.'),
    auth: auth
      .exactOptional()
      .describe('Credentials that the gateway adds; one of the three kinds.'),
    headers: z
      .record(z.string(), headerValue())
      .default({})
      .describe('Headers that the gateway sets on each call, by name.'),
    pass_authorization: flag()
      .default(false)
      .describe("Whether the client's own `Authorization` goes to this service."),
    preserve_host: flag()
      .default(false)
      .describe("Whether the service sees the client's `Host`; needs `binding`."),
    binding: label().exactOptional().describe('Name of the binding that carries the calls.'),
  })
  .superRefine(({ preserve_host, binding }, context) => {
    if (preserve_host === true && binding === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['preserve_host'],
        message:
          '"preserve_host" needs a "binding": the platform\'s fetch always sends the target\'s own host.',
        params: { hint: 'Name a binding that keeps the host, or remove "preserve_host".' },
      })
    }
  })

function readPath(text: string) {
  return /^\/[!-~]*$/.test(text) && !text.includes('#')
    ? ok(text)
    : err({ message: 'This is no path.', hint: 'Write it like "/readyz", percent-encoded.' })
}

function readUsername(text: string) {
  return text.includes(':')
    ? err({ message: 'A user name of Basic authentication holds no colon.' })
    : ok(text)
}
