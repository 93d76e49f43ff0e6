import * as z from 'zod'
import { count, duration, encoding, flag, host, method } from './scalars.ts'

/** An entry of `hosts`. `Host` and `Weight` are what the original's Admin API writes. */
export const hostEntry = z.object({
  host: host()
    .meta({ aliases: ['Host'] })
    .describe('`[http(s)://]name[:port][/base]`, or the name of an upstream.'),
  weight: count(0, 1_000_000)
    .default(0)
    .meta({ aliases: ['Weight'] })
    .describe('Share of the calls with `lb_mode: wrr`; all 0 means equal shares.'),
})

const names = () => z.array(z.string()).default([])

/** One backend call of an endpoint, in the words of YAML. */
export const backendSchema = z.object({
  url_pattern: z
    .string()
    .default('/')
    .describe('Upstream path: `{name}` for parameters, `{resp0_field}` in a sequence, a query.'),
  hosts: z
    .array(hostEntry)
    .exactOptional()
    .describe("Where to call; the endpoint's `hosts` when absent."),
  method: method().exactOptional().describe("Method of the call; the endpoint's when absent."),
  timeout: duration()
    .exactOptional()
    .describe("Budget of this call; the endpoint's alone when absent."),
  encoding: encoding()
    .default('json')
    .describe('How the answer is read: json, string (any text) or no-op (streamed as it is).'),
  group: z.string().default('').describe('Puts the result under this key.'),
  whitelist: names().describe('Dotted paths of the fields to keep.'),
  blacklist: names().describe('Dotted paths of the fields to drop; not used beside a whitelist.'),
  mapping: z
    .record(z.string(), z.string())
    .default({})
    .describe('New names of fields: `old: new`, in this order.'),
  target: z.string().default('').describe('Dotted path of the part to use instead of the whole.'),
  is_collection: flag().default(false).describe('Whether the upstream answers with a list.'),
  wrap_collection_to_json: flag()
    .default(false)
    .describe('Puts that list under `collection`, so that the result is an object.'),
  disable_host_sanitize: flag()
    .default(false)
    .describe('Accepted; hosts with a base path need no switch here.'),
  lb_mode: z
    .string()
    .default('')
    .describe('`rr` (in turn), `wrr` (in turn, by weight); anything else is random.'),
  middleware: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Backend-level `mw-*` blocks: they run around this call.'),
})
