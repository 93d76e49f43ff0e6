import type { TestProject } from 'vitest/node'
import { startUpstream } from '../support/upstream.ts'

/** Starts the upstreams that the contract tests of every host call, those inside workerd included. */
export default async function setup(project: TestProject): Promise<() => Promise<unknown>> {
  const [first, second] = await Promise.all([startUpstream('first'), startUpstream('second')])
  project.provide('upstreams', { first: first.url, second: second.url })
  return () => Promise.all([first.close(), second.close()])
}
