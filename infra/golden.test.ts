import { expect, test } from 'vitest'
import * as z from 'zod'
import { GOLDEN, type Manifest, manifestsIn } from '../test/infra/golden.ts'
import kubernetes from '../test/infra/kubernetes.schema.json'

/** What is wrong with a manifest by the API server's own description of its kind; fields it does not know are. */
function misfits(manifest: Manifest): readonly string[] {
  const schema = { ...kubernetes, $ref: `#/$defs/${manifest.kind}` }
  const parsed = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema).safeParse(manifest)
  return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
}

test.each(GOLDEN.flatMap((file) => manifestsIn(file).map((manifest) => [file, manifest] as const)))(
  '%s: $1.kind fits the schema of Kubernetes',
  (_, manifest) => {
    expect(misfits(manifest)).toEqual([])
  },
)

test('an unknown field and a wrong type would be noticed', () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' } }
  expect(misfits(service)).toEqual([])
  const wrong = { ...service, spec: { prots: [], ports: [{ port: 'http' }] } }
  expect(misfits(wrong)).toEqual([
    expect.stringMatching(/^spec\.ports\.0\.port: .*expected number/),
    'spec: Unrecognized key: "prots"',
  ])
})
