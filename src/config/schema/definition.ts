import * as z from 'zod'
import { backendSchema, hostEntry } from './backend.ts'
import { duration, encoding, flag, label, scalar, size } from './scalars.ts'
import { ok } from '../../lib/result.ts'

/** One endpoint of an API file, in the words of YAML. */
export const definitionSchema = z.object({
  name: label().describe('Name of the endpoint; unique in its file, must be given.'),
  active: flag().default(true).describe('`false` switches the endpoint off.'),
  endpoint: label().describe(
    'Client path: `/ns/{nsId}`, `/ns/:nsId`, or `/prefix/*bypass` for everything below.',
  ),
  hosts: z.array(hostEntry).default([]).describe('Where backends without their own `hosts` call.'),
  method: scalar('method', (text) => ok(text.toUpperCase()))
    .default('GET')
    .describe('GET, POST, PUT, PATCH or DELETE; not used with `*bypass`.'),
  timeout: duration()
    .exactOptional()
    .describe("Budget of a request; the system file's when absent, `0s` means no limit."),
  cache_ttl: duration()
    .exactOptional()
    .describe("`max-age` of complete answers; the system file's when absent."),
  output_encoding: encoding()
    .exactOptional()
    .describe('How the answer is written: json, string or no-op; else as in the system file.'),
  except_querystrings: z
    .array(z.string())
    .default([])
    .describe('Names of query parameters that are not handed on.'),
  except_headers: z
    .array(z.string())
    .default([])
    .describe('Names of request headers that are not handed on.'),
  middleware: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Endpoint-level `mw-*` blocks: they run around this route.'),
  max_body: size()
    .exactOptional()
    .describe("Largest upstream answer that is decoded; the system file's when absent."),
  backend: z
    .array(backendSchema)
    .min(1)
    .describe('The calls that make up the answer; several are merged.'),
})

/** An API file: its endpoints. */
export const groupSchema = z.object({
  definitions: z.array(definitionSchema).describe('The endpoints of this file.'),
})
