import type { TestProject } from 'vitest/node'
import { findCluster, type Found, type TestCluster } from './cluster.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly cluster: TestCluster
  }
}

/** Finds a cluster: the one that `TEST_KUBECONFIG` names, else one that is started for this run. */
export default function setup(project: TestProject): () => void {
  return provide(project, findCluster(`test-${process.pid}`))
}

/**
 * Hands a cluster to the tests; returns what gives it back. Without one every case is skipped with the reason, unless
 * `CLUSTER_REQUIRED` says that there has to be one.
 */
export function provide(project: TestProject, { cluster, stop }: Found): () => void {
  if (cluster.kind === 'none' && process.env['CLUSTER_REQUIRED'] === '1') {
    throw new Error(`A cluster is required: ${cluster.reason}`)
  }
  if (cluster.kind === 'none') console.warn(`Cluster cases are skipped: ${cluster.reason}`)
  project.provide('cluster', cluster)
  return stop
}
