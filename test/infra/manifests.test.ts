import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GOLDEN, manifestsIn } from './golden.ts'
import { describeOnCluster, kubectl } from './stack.ts'

describeOnCluster('the golden manifests', () => {
  const namespace = `test-${randomBytes(4).toString('hex')}`
  beforeAll(() => {
    // As strict as a cluster can be about pods; what is below "restricted" has a reason in the catalogue.
    kubectl(['create', 'namespace', namespace])
    kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=baseline'])
  })
  afterAll(() => void kubectl(['delete', 'namespace', namespace, '--wait=false']))

  test.each(GOLDEN)('of %s pass the API server, strictly', (file) => {
    const manifests = manifestsIn(file).map((manifest) =>
      manifest.kind === 'Namespace'
        ? { ...manifest, metadata: { ...manifest.metadata, name: `${namespace}-2` } }
        : { ...manifest, metadata: { ...manifest.metadata, namespace } },
    )
    const list = { apiVersion: 'v1', kind: 'List', items: manifests }
    const dryRun = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-']
    const printed = kubectl(dryRun, JSON.stringify(list))
    expect(printed.trim().split('\n')).toHaveLength(manifests.length)
  })

  test('an unknown field would be noticed', () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'x', namespace },
      spec: { prots: [] },
    }
    const dryRun = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-']
    expect(() => kubectl(dryRun, JSON.stringify(service))).toThrow(/prots/)
  })
})
