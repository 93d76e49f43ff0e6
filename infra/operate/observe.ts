import type { KubeConfig } from '@kubernetes/client-node'
import type { Component } from '../system/model.ts'
import { type Progress, progressOf } from './progress.ts'
import type { State } from './report.ts'
import { type Pods, type Watched, watchPods } from './watch.ts'

/** A component that has come further, or has not. */
export interface Step {
  readonly component: string
  readonly state: State
  readonly reason?: string
}

/** How long an image that cannot be had, or a container that crashes, is waited for, in ms. */
const STUCK_MS = 60_000

/** What is seen of components while the engine works. */
export interface Observation {
  readonly progress: ReadonlyMap<string, Progress>
  /** Aborted when a component is stuck for a minute: it will not become ready by itself. */
  readonly signal: AbortSignal
  /** Whether nobody answered for the cluster for a while. */
  readonly wasAway: () => boolean
  /** A component is published: told once, and not before it was seen to be ready, as long as somebody looks. */
  readonly wired: (component: string) => void
  readonly stop: () => void
}

/** Watches components on their way, tells each step, and gives up on those that are stuck. */
export function observe(
  config: KubeConfig,
  where: Watched,
  components: readonly Component[],
  tell: (step: Step) => void,
): Observation {
  const progress = new Map<string, Progress>()
  const stuck = new Map<string, NodeJS.Timeout>()
  const published = new Set<string>()
  const told = new Set<string>()
  let isStopped = false
  const controller = new AbortController()
  let wasAway = false
  const tellWired = (name: string) => {
    const isReady = isStopped || progress.get(name)?.state === 'ready'
    if (told.has(name) || !published.has(name) || !isReady) return
    told.add(name)
    tell({ component: name, state: 'wired' })
  }
  const tellPods = (pods: Pods) => {
    for (const { name, replicas } of components) {
      const [before, now] = [progress.get(name), progressOf(pods[name] ?? [], replicas)]
      progress.set(name, now)
      if (before?.state !== now.state || before.reason !== now.reason) {
        const { state, reason } = now
        tell({ component: name, state, ...(reason === undefined ? {} : { reason }) })
        tellWired(name)
      }
      if (now.isStuck && !stuck.has(name)) {
        stuck.set(name, setTimeout(() => controller.abort(), STUCK_MS).unref())
      } else if (now.state === 'ready') {
        clearTimeout(stuck.get(name))
        stuck.delete(name)
      }
    }
  }
  const onAway = () => {
    wasAway = true
  }
  const stopWatch = watchPods(config, where, { tell: tellPods, onAway })
  const stop = () => {
    isStopped = true
    stopWatch()
    for (const timer of stuck.values()) clearTimeout(timer)
  }
  const wired = (name: string) => {
    published.add(name)
    tellWired(name)
  }
  return { progress, signal: controller.signal, wasAway: () => wasAway, wired, stop }
}
