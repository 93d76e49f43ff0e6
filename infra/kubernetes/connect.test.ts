import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ClusterError } from './cluster.ts'
import { connect } from './connect.ts'

const TOKEN = 'token-that-nobody-may-see'

/** A kubeconfig file with one context, "here", to a server. */
function kubeconfigTo(server: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'cb-bridge-connect-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'config')
  const config = {
    // The client demands this of a server without TLS.
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: TOKEN } }],
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'here',
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}

/** An API server that gives one answer to everything; its address. */
async function serverOf(status: number, body: object): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function clusterAt(server: string) {
  const connected = connect({ kubeconfig: kubeconfigTo(server), context: 'here' })
  if (!connected.ok) throw new Error(connected.error)
  return connected.value
}

describe('a kubeconfig', () => {
  test('that is not there is named', () => {
    const connected = connect({ kubeconfig: '/nowhere/config' })
    expect(connected.ok ? '' : connected.error).toMatch(/cannot be read: .*\/nowhere\/config/)
  })

  test('without the context tells which it has', () => {
    const connected = connect({ kubeconfig: kubeconfigTo('http://x'), context: 'prod' })
    expect(connected.ok ? '' : connected.error).toBe(
      'The kubeconfig has no context "prod"; it has here.',
    )
  })

  test('has a current context', () => {
    expect(connect({ kubeconfig: kubeconfigTo('http://x') }).ok).toBe(true)
  })
})

describe('a cluster', () => {
  test('is known by the UID of kube-system', async () => {
    const server = await serverOf(200, { metadata: { uid: 'u-1' } })
    expect(await clusterAt(server).identity()).toBe('u-1')
  })

  test('without a namespace says so', async () => {
    const server = await serverOf(404, { kind: 'Status', code: 404 })
    expect(await clusterAt(server).namespaceLabels('x')).toBeUndefined()
  })

  test('lists claims by name, with what was asked for', async () => {
    const spec = { storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } }
    const server = await serverOf(200, { items: [{ metadata: { name: 'data-db-0' }, spec }] })
    expect(await clusterAt(server).claims({ namespace: 'n', stack: 's' })).toEqual({
      'data-db-0': { size: '2Gi', class: 'fast' },
    })
  })

  test('is reached at the outer address of a node that has one', async () => {
    const addresses = [
      { type: 'InternalIP', address: '10.0.0.1' },
      { type: 'ExternalIP', address: '192.0.2.1' },
    ]
    const server = await serverOf(200, { items: [{}, { status: { addresses } }] })
    expect(await clusterAt(server).nodeAddress()).toBe('192.0.2.1')
  })

  test.each([
    [401, 'The cluster refuses the user of this context (401).'],
    [403, 'The cluster refuses the user of this context (403).'],
    [500, 'The cluster answers 500.'],
  ])('that answers %d is told in a line without its credentials', async (status, message) => {
    const server = await serverOf(status, { message: TOKEN })
    const error = await clusterAt(server)
      .identity()
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ClusterError)
    expect((error as Error).message).toBe(message)
  })

  test('that is away is told with the reason', async () => {
    const error = await clusterAt('http://127.0.0.1:1')
      .identity()
      .catch((reason: unknown) => reason)
    expect(String(error)).toMatch(/The cluster cannot be reached: .*ECONNREFUSED/)
    expect(String(error)).not.toContain(TOKEN)
  })
})
