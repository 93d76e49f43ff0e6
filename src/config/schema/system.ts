import * as z from 'zod'
import { isNetwork } from '../../lib/networks.ts'
import { err, ok } from '../../lib/result.ts'
import {
  count,
  duration,
  encoding,
  flag,
  label,
  oneOf,
  referable,
  scalar,
  size,
} from './scalars.ts'
import { upstream } from './upstream.ts'

const MIB = 2 ** 20
const ONLY_VERSION = 'Only version 1 of the format is known.'

const admin = z.object({
  enabled: flag().default(true).describe('`false` switches the Admin API off.'),
  hosts: z
    .array(label())
    .default([])
    .describe('Host names under which it answers; under any when empty.'),
  addresses: z
    .array(scalar('CIDR', readCidr))
    .default([])
    .describe('Networks whose clients it answers; all when empty.'),
  origins: z
    .array(scalar('origin', readOrigin))
    .default([])
    .describe(
      'Origins whose pages may use it (CORS), e.g. `https://ops.example.com`; none when empty.',
    ),
  credentials: z
    .object({
      basic: z
        .object({
          users: z
            .record(z.string(), z.string())
            .default({})
            .describe('Admins by name, with the hash that `cb-bridge password` makes.'),
        })
        .prefault({})
        .describe('Users with a password.'),
    })
    .prefault({})
    .describe('Users beside those of the store.'),
})

/** The system file, in the words of YAML. Keys that mean nothing at the edge are in `keys.ts`. */
export const systemSchema = z.object({
  version: referable(z.int().refine((version) => version === 1, ONLY_VERSION))
    .default(1)
    .describe('Version of the format; must be 1.'),
  name: label().describe('Name of the service; must be given.'),
  timeout: duration()
    .default('2s')
    .describe('Budget of a request, for endpoints without their own; `0s` means no limit.'),
  cache_ttl: duration()
    .default('1h')
    .describe('`max-age` of complete answers, for endpoints without their own; `0s` means none.'),
  output_encoding: encoding()
    .default('json')
    .meta({ aliases: ['outputencoding'] })
    .describe('How answers are written, for endpoints without their own: json, string or no-op.'),
  debug: flag().default(false).describe('Adds `/__debug/`, which shows what the gateway received.'),
  middleware: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Service-level `mw-*` blocks: they run around every route.'),
  upstreams: z
    .record(z.string(), upstream)
    .default({})
    .describe('Named services; a `host` may be such a name.'),
  trusted_proxies: z
    .array(scalar('CIDR', readCidr))
    .default([])
    .describe('Networks whose `X-Forwarded-For` counts.'),
  max_body: size()
    .default(16 * MIB)
    .describe('Largest upstream answer that is decoded.'),
  max_request_body: size()
    .default(MIB)
    .describe('Largest request body that is buffered, for endpoints with several backends.'),
  metrics: z
    .object({
      public: flag().default(false).describe('Whether `/__metrics` needs no token.'),
    })
    .prefault({})
    .describe('The metrics page.'),
  log: z
    .object({
      format: oneOf('log format', ['json', 'cb-log', 'off'])
        .default('json')
        .describe('`json`, `cb-log` (a text line) or `off`.'),
    })
    .prefault({})
    .describe('The request log.'),
  snapshots: z
    .object({
      retain: count(1, 1_000_000)
        .default(1000)
        .describe('Snapshots that are kept beside the current one and pinned ones.'),
      check: duration()
        .default('5s')
        .describe('How old the knowledge of the newest snapshot may be when a request arrives.'),
    })
    .prefault({})
    .describe('Published configurations.'),
  admin: admin.prefault({}).describe('The Admin API, at `/__admin/api/`.'),
})

function readCidr(text: string) {
  return isNetwork(text)
    ? ok(text)
    : err({ message: 'This is no network.', hint: 'Write it like "10.0.0.0/8" or "fd00::/8".' })
}

function readOrigin(text: string) {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text
    ? ok(text)
    : err({ message: 'This is no origin.', hint: 'Write it like "https://ops.example.com".' })
}
