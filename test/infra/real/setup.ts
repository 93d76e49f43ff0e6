import type { TestProject } from 'vitest/node'
import { none, startCluster } from '../cluster.ts'
import { provide } from '../setup.ts'
import { makeImages, postgresDirectory } from './images.ts'

/** Starts a cluster whose one node is real, with images of the catalogue's own references on it. */
export default async function setup(project: TestProject): Promise<() => void> {
  if (postgresDirectory() === undefined) {
    return provide(project, none('There is no PostgreSQL on this machine.'))
  }
  const name = `real-${process.pid}`
  const found = startCluster(name, '--real')
  try {
    if (found.cluster.kind === 'there') await makeImages(name)
    return provide(project, found)
  } catch (error) {
    found.stop()
    throw error
  }
}
