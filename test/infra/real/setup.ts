import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { TestProject } from 'vitest/node'
import { makeImages, postgresDirectory } from './images.ts'
import { TOOL } from './tool.ts'

/**
 * Starts a cluster whose one node is real, with images of the catalogue's own references on it. Without one every case is skipped
 * with the reason, unless `CLUSTER_REQUIRED` says that there has to be one.
 */
export default async function setup(project: TestProject): Promise<() => void> {
  const reason = reasonAgainst()
  if (reason !== undefined) {
    if (process.env['CLUSTER_REQUIRED'] === '1') throw new Error(`A node is required: ${reason}`)
    console.warn(`Cases on a real node are skipped: ${reason}`)
    project.provide('cluster', { kind: 'none', reason })
    return () => undefined
  }
  const name = `real-${process.pid}`
  const stop = () => void spawnSync(TOOL, ['down', name])
  try {
    execFileSync(TOOL, ['up', name, '--real'], { stdio: ['ignore', 'ignore', 'inherit'] })
    await makeImages(name)
    const printed = execFileSync(TOOL, ['env', name, '--json'], { encoding: 'utf8' })
    const environment = JSON.parse(printed) as Record<string, string>
    project.provide('cluster', { kind: 'there', environment })
    return stop
  } catch (error) {
    stop()
    throw error
  }
}

/** Why there is no real node here; undefined where one can be had. */
function reasonAgainst(): string | undefined {
  if (!existsSync(TOOL)) return 'The tool that makes test clusters is not here.'
  if (postgresDirectory() === undefined) return 'There is no PostgreSQL on this machine.'
  const check = spawnSync(TOOL, ['check', '--real'], { encoding: 'utf8' })
  return check.status === 0 ? undefined : check.stderr.trim()
}
