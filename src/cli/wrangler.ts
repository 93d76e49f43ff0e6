import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import * as z from 'zod'
import { ROOT } from './root.ts'

/** What an environment of wrangler.toml does not inherit. */
const perEnvironment = {
  vars: z.record(z.string(), z.string()).default({}),
  services: z.array(z.looseObject({ binding: z.string() })).default([]),
  vpc_services: z.array(z.looseObject({ binding: z.string() })).default([]),
  ratelimits: z
    .array(
      z.strictObject({
        name: z.string(),
        namespace_id: z.string(),
        simple: z.strictObject({
          limit: z.int().min(1),
          period: z.union([z.literal(10), z.literal(60)]),
        }),
      }),
    )
    .default([]),
  mtls_certificates: z.array(z.looseObject({ binding: z.string() })).default([]),
}

/**
 * The keys of wrangler.toml that the hosts know how to carry over. An unknown key fails loudly: a binding that
 * reached Cloudflare alone would make the hosts differ in silence.
 */
const schema = z.strictObject({
  name: z.string(),
  main: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()).default([]),
  ...perEnvironment,
  durable_objects: z
    .strictObject({
      bindings: z.array(z.strictObject({ name: z.string(), class_name: z.string() })),
    })
    .default({ bindings: [] }),
  migrations: z
    .array(z.strictObject({ tag: z.string(), new_sqlite_classes: z.array(z.string()) }))
    .default([]),
  env: z.record(z.string(), z.looseObject(perEnvironment)).default({}),
  // These mean something to Cloudflare alone.
  kv_namespaces: z.unknown().optional(),
  account_id: z.unknown().optional(),
  limits: z.unknown().optional(),
  observability: z.unknown().optional(),
  preview_urls: z.unknown().optional(),
  routes: z.unknown().optional(),
  workers_dev: z.unknown().optional(),
})

/** wrangler.toml, checked. */
export type Wrangler = z.output<typeof schema>

/** Reads the one list of bindings; a fault in it is ours, hence an exception. */
export function readWrangler(): Wrangler {
  return schema.parse(readWranglerText())
}

/** The same as plain data, for `dist/wrangler.json`: wrangler itself checks what we do not look at. */
export function readWranglerText(): Record<string, unknown> {
  return parse(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8'))
}

/** A class of Durable Objects and the binding through which the Worker reaches it. */
export interface ObjectBinding {
  readonly binding: string
  readonly className: string
}

/** The Durable Objects of the Worker; all of them keep their data in SQLite. */
export const objectBindings = (wrangler: Wrangler): readonly ObjectBinding[] =>
  wrangler.durable_objects.bindings.map(({ name, class_name }) => ({
    binding: name,
    className: class_name,
  }))
