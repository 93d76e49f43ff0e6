import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes `kubernetes.schema.json`: what the API server of the current context says about the kinds that we make, without
 * its prose, and closed to fields that it does not know.
 *
 *   node test/infra/make-schema.ts
 */

const KINDS = {
  '/openapi/v3/api/v1': ['Namespace', 'ConfigMap', 'Secret', 'Service'],
  '/openapi/v3/apis/apps/v1': ['StatefulSet', 'Deployment'],
}

/** Keywords that say nothing about a manifest's shape. */
const PROSE = new Set(['description', 'default', 'format'])

interface Schema {
  readonly [keyword: string]: unknown
}
interface OpenApi {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const definitions = new Map<string, unknown>()
const kinds = Object.entries(KINDS).flatMap(([path, names]) => {
  const { components } = JSON.parse(kubectl(['get', '--raw', path])) as OpenApi
  return names.map((kind) => {
    const [name = ''] =
      Object.entries(components.schemas).find(([, schema]) => isKind(schema, kind)) ?? []
    collect(name, components.schemas)
    return { kind, name }
  })
})

const { serverVersion } = JSON.parse(kubectl(['version', '-o', 'json'])) as {
  readonly serverVersion: { readonly gitVersion: string }
}
const file = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $comment: `Kubernetes ${serverVersion.gitVersion}; made by make-schema.ts`,
  $defs: {
    ...Object.fromEntries([...definitions].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    ...Object.fromEntries(kinds.map(({ kind, name }) => [kind, { $ref: `#/$defs/${name}` }])),
  },
}
writeFileSync(join(import.meta.dirname, 'kubernetes.schema.json'), `${JSON.stringify(file)}\n`)

function kubectl(args: readonly string[]): string {
  return execFileSync('kubectl', args, { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 })
}

function isKind(schema: Schema, kind: string): boolean {
  const given = schema['x-kubernetes-group-version-kind'] as readonly { kind: string }[] | undefined
  return given?.length === 1 && given[0]?.kind === kind
}

/** A definition and all it refers to. */
function collect(name: string, schemas: OpenApi['components']['schemas']): void {
  if (definitions.has(name)) return
  definitions.set(name, undefined)
  definitions.set(
    name,
    bare(schemas[name], (other) => collect(other, schemas)),
  )
}

/** A schema without prose; `follow` is called with each definition that it refers to. */
function bare(value: unknown, follow: (name: string) => void): unknown {
  if (Array.isArray(value)) return value.map((item) => bare(item, follow))
  if (typeof value !== 'object' || value === null) return value
  const schema = value as Schema
  const reference = refersTo(schema)
  if (reference !== undefined) {
    follow(reference)
    return { $ref: `#/$defs/${reference}` }
  }
  const properties = schema['properties'] as Readonly<Record<string, unknown>> | undefined
  const kept = Object.entries(schema)
    .filter(([key]) => !PROSE.has(key) && !key.startsWith('x-') && key !== 'properties')
    .map(([key, inner]) => [key, bare(inner, follow)] as const)
  if (properties === undefined) return Object.fromEntries(kept)
  const fields = Object.entries(properties).filter(([key]) => key !== 'status')
  const closed = Object.fromEntries(fields.map(([key, inner]) => [key, bare(inner, follow)]))
  return { ...Object.fromEntries(kept), properties: closed, additionalProperties: false }
}

function refersTo(schema: Schema): string | undefined {
  const [only] = Array.isArray(schema['allOf']) ? (schema['allOf'] as readonly Schema[]) : [schema]
  const reference = only?.['$ref']
  return typeof reference === 'string' ? reference.split('/').at(-1) : undefined
}
