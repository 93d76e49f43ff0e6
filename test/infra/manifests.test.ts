import { randomBytes } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GOLDEN, manifestsIn } from './golden.ts'
import { describeOnCluster, kubectl } from './stack.ts'

/** What the API server says to objects that are not kept: its errors and warnings, and how many it took. */
function tryOut(objects: readonly object[]) {
  const list = { apiVersion: 'v1', kind: 'List', items: objects }
  const dryRun = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-']
  const { stdout, stderr } = spawnSync('kubectl', dryRun, {
    input: JSON.stringify(list),
    encoding: 'utf8',
  })
  const taken = stdout.split('\n').filter((line) => line.endsWith('(server dry run)')).length
  return { taken, said: stderr.trim() }
}

describeOnCluster('the golden manifests', () => {
  const namespace = `test-${randomBytes(4).toString('hex')}`
  beforeAll(() => {
    kubectl(['create', 'namespace', namespace])
    kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/warn=restricted'])
  })
  afterAll(() => void kubectl(['delete', 'namespace', namespace, '--wait=false']))

  /** The manifests of a file in our namespace. */
  const movedHere = (file: string) =>
    manifestsIn(file).map((manifest) => ({
      ...manifest,
      metadata: {
        ...manifest.metadata,
        ...(manifest.kind === 'Namespace' ? { name: `${namespace}-2` } : { namespace }),
      },
    }))

  test.each(GOLDEN)('of %s pass the API server, strictly', (file) => {
    const manifests = movedHere(file)
    const { taken, said } = tryOut(manifests)
    expect(said).not.toMatch(/error/i)
    expect(taken).toBe(manifests.length)
  })

  test('fall short of Pod Security "restricted" where the catalogue says so, and nowhere else', () => {
    expect(tryOut(movedHere('database-alone.yaml')).said).toBe('')
    const { said } = tryOut(movedHere('default.yaml'))
    expect(said.split('\n')).toHaveLength(1)
    expect(said).toMatch(/runAsUser=0/)
    expect(said).not.toMatch(/seccomp|capabilities|allowPrivilegeEscalation/)
  })

  test('would be refused with an unknown field', () => {
    const metadata = { name: 'x', namespace }
    const service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { prots: [] } }
    expect(tryOut([service])).toMatchObject({ taken: 0, said: expect.stringContaining('prots') })
  })
})
