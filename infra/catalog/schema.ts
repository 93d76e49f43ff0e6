import * as z from 'zod'
import { duration, label, scalar } from '../../src/config/schema/scalars.ts'
import { err, ok } from '../../src/lib/result.ts'
import { parseQuantity } from '../quantity.ts'

/** What a generated secret may be made of. */
const ALPHABETS = ['alphanumeric', 'hex'] as const

const PORT = z.int().min(1).max(65_535)

/** A name of Kubernetes that may be a host name, too (RFC 1123 label); long enough for `<name>-files`. */
const name = () =>
  scalar('name', (text) =>
    /^[a-z](?:[a-z0-9-]{0,40}[a-z0-9])?$/.test(text)
      ? ok(text)
      : err({ message: 'This is no name.', hint: 'Use lower-case letters, digits and "-".' }),
  )

/** A size or a share of a CPU, in Kubernetes' words. */
export const quantity = () =>
  scalar('quantity', (text) =>
    (parseQuantity(text) ?? 0) > 0
      ? ok(text)
      : err({ message: `"${text}" is no quantity.`, hint: 'Write it like "2Gi" or "250m".' }),
  )

const path = () =>
  scalar('path', (text) =>
    /^\/[!-~]*$/.test(text) ? ok(text) : err({ message: 'This is no absolute path.' }),
  )

const words = z.array(label()).min(1)

/** How the kubelet looks whether a container is well. */
export type Check =
  | { readonly kind: 'exec'; readonly command: readonly string[] }
  | { readonly kind: 'tcp'; readonly port: string }
  | { readonly kind: 'api' }

const probe = z
  .object({
    exec: words.exactOptional().describe('A command in the container; exit 0 is well.'),
    tcp: name().exactOptional().describe('A port by name that takes connections.'),
    api: z.boolean().exactOptional().describe('The readiness path of `api`.'),
    every: duration().default('10s').describe('Time between two checks.'),
    timeout: duration().default('5s').describe('How long one check may take.'),
    failures: z.int().min(1).default(3).describe('Failed checks in a row that count.'),
  })
  .transform(({ exec, tcp, api, ...timing }, context) => {
    demandOne({ exec, tcp, api: api === false ? undefined : api }, context)
    return { ...timing, check: checkOf(exec, tcp) }
  })

function checkOf(exec: readonly string[] | undefined, tcp: string | undefined): Check {
  if (exec !== undefined) return { kind: 'exec', command: exec }
  return tcp === undefined ? { kind: 'api' } : { kind: 'tcp', port: tcp }
}

/** A value of a container's environment: a text, or what only the system knows. */
export type Value =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'secret' | 'address' | 'username'; readonly of: string }

const value = z
  .union([
    z.string(),
    z.object({
      secret: label().exactOptional().describe('A secret: `name`, or `component.name`.'),
      address: label().exactOptional().describe('`host:port` of a component.'),
      username: label().exactOptional().describe("The user of a component's API."),
    }),
  ])
  .transform((given, context): Value => {
    if (typeof given === 'string') return { kind: 'text', text: given }
    const { secret, address, username } = given
    demandOne({ secret, address, username }, context)
    if (secret !== undefined) return { kind: 'secret', of: secret }
    if (address !== undefined) return { kind: 'address', of: address }
    return { kind: 'username', of: username ?? '' }
  })

/** The user that a component's processes run as. */
export type RunAs =
  | { readonly kind: 'user'; readonly user: number; readonly group: number }
  | { readonly kind: 'root'; readonly reason: string }

const runAs = z
  .object({
    user: z.int().min(1).exactOptional(),
    group: z.int().min(1).exactOptional().describe('Owns its volumes, too; default: `user`.'),
    root: label().exactOptional().describe('Why the image needs root.'),
  })
  .transform(({ user, group, root }, context): RunAs => {
    demandOne({ user, root }, context)
    if (user === undefined) return { kind: 'root', reason: root ?? '' }
    return { kind: 'user', user, group: group ?? user }
  })

function demandOne(given: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  const keys = Object.keys(given)
  if (keys.filter((key) => given[key] !== undefined).length === 1) return
  const message = `Exactly one of ${keys.join(', ')} is needed.`
  context.addIssue({ code: 'custom', message })
}

const secret = z.object({
  length: z.int().min(20).max(256).describe('Characters.'),
  alphabet: z.enum(ALPHABETS).default('alphanumeric').describe('What it is made of.'),
  rotation: label()
    .exactOptional()
    .describe('Why a new one cannot simply be set; absent where a restart is enough.'),
})

const upstream = z.object({
  pass_authorization: z
    .boolean()
    .default(false)
    .describe("The client's `Authorization` passes, and the gateway adds no credentials."),
})

const api = z.object({
  port: name().describe('The port by name.'),
  base_path: path().describe('What every path of it begins with.'),
  upstreams: z.record(z.string(), upstream).describe('Names under which the gateway knows it.'),
  ready: z
    .object({
      path: path(),
      codes: z.array(z.int().min(100).max(599)).min(1).describe('Status codes that mean ready.'),
      authenticated: z.boolean().default(false).describe('Whether the request needs `auth`.'),
    })
    .describe('The request that tells whether it is ready.'),
  auth: z
    .object({ username: label(), password: label().describe('The secret by name.') })
    .exactOptional()
    .describe('HTTP Basic credentials that it asks for.'),
  description: z
    .object({ format: z.enum(['swagger-2.0', 'openapi-3.0']), path: label() })
    .exactOptional()
    .describe("The API's description in the component's repository."),
})

const resources = z
  .object({ cpu: quantity().exactOptional(), memory: quantity().exactOptional() })
  .default({})

const component = z.object({
  summary: label().describe('What it is, in a line.'),
  image: label().describe('The image without version, with its registry.'),
  version: label().describe("The image's tag."),
  digest: scalar('digest', readDigest).exactOptional().describe('Pins the image of this version.'),
  needs: z.array(name()).default([]).describe('Components that must be ready before it starts.'),
  ports: z.record(z.string(), PORT).describe('What it listens on, by name.'),
  single_writer: label().exactOptional().describe('Why it may not be scaled.'),
  run_as: runAs.describe('The user that its processes run as.'),
  api: api.exactOptional().describe('Its HTTP API, published to the gateway.'),
  environment: z.record(z.string(), value).default({}),
  files: z.record(z.string(), z.string()).default({}).describe('Configuration files, by path.'),
  secrets: z.record(z.string(), secret).default({}).describe('Values that are made up for it.'),
  volumes: z
    .record(z.string(), z.object({ path: path(), size: quantity() }))
    .default({})
    .describe('Directories that outlive its pods.'),
  scratch: z
    .record(z.string(), z.object({ path: path(), size: quantity() }))
    .default({})
    .describe('Directories that may be written and go with the pod.'),
  probes: z.object({ ready: probe, alive: probe.exactOptional() }),
  await: words
    .exactOptional()
    .describe(
      'A command in its image with which others wait for it before they start; `{host}` and `{port}` are filled in.',
    ),
  egress: z
    .array(z.object({ to: label(), ports: z.array(PORT).min(1) }))
    .default([])
    .describe('What it needs outside the system.'),
  resources: z.object({ requests: resources, limits: resources }),
  bounds: z
    .object({
      start: duration().describe('From the change to readiness, with the pull of the image.'),
      shutdown: duration().describe('What it takes to stop after SIGTERM.'),
      drain: duration().default('0s').describe('What requests in flight may take before that.'),
    })
    .describe('How long things may take.'),
})

/** One release of Cloud-Barista: `infra/catalog/<release>.yaml`. */
export const catalogSchema = z.object({
  release: label(),
  components: z.record(z.string(), component),
})

export type Catalog = z.output<typeof catalogSchema>
export type CatalogComponent = Catalog['components'][string]
export type Probe = z.output<typeof probe>

function readDigest(text: string) {
  return /^sha256:[0-9a-f]{64}$/.test(text) ? ok(text) : err({ message: 'This is no digest.' })
}
