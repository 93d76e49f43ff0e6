import type { State } from './report.ts'

/** A pod as far as progress shows in it. */
export interface Pod {
  readonly name: string
  readonly isReady: boolean
  /** It is about to go. */
  readonly isLeaving: boolean
  readonly restarts: number
  /** Why it has no node yet. */
  readonly unscheduled?: string
  /** Of its containers and init containers that do not run. */
  readonly waiting: readonly { readonly reason: string; readonly message: string }[]
  /** How a container of it ended badly, last. */
  readonly lastError?: string
}

export interface Progress {
  readonly state: Extract<State, 'pending' | 'pulling' | 'starting' | 'ready'>
  /** What stands in the way, where something does. */
  readonly reason?: string
  /** It will not become ready by itself: an image that cannot be had, or a container that crashes at every start. */
  readonly isStuck: boolean
}

const PULL_FAILS = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName'])
const CRASHES = 'CrashLoopBackOff'

/** How far a component with so many pods is. */
export function progressOf(pods: readonly Pod[], replicas: number): Progress {
  const here = pods.filter(({ isLeaving }) => !isLeaving)
  if (here.length >= replicas && here.every(({ isReady }) => isReady)) {
    return { state: 'ready', isStuck: false }
  }
  const late = here.filter(({ isReady }) => !isReady)
  const waits = late.flatMap(({ waiting }) => waiting)
  const pull = waits.find(({ reason }) => PULL_FAILS.has(reason))
  if (pull !== undefined) return { state: 'pulling', reason: tell(pull), isStuck: true }
  const crash = waits.find(({ reason }) => reason === CRASHES)
  if (crash !== undefined) return { state: 'starting', reason: tell(crash), isStuck: true }
  const unscheduled = late.find(({ unscheduled }) => unscheduled !== undefined)?.unscheduled
  if (unscheduled !== undefined) {
    return { state: 'pending', reason: `Unschedulable: ${unscheduled}`, isStuck: false }
  }
  if (late.length === 0) return { state: 'pending', isStuck: false }
  return { state: waits.length > 0 ? 'pulling' : 'starting', isStuck: false }
}

const tell = ({ reason, message }: Pod['waiting'][number]): string =>
  message === '' ? reason : `${reason}: ${message}`

/** Why a component that is late is no further, where nothing else is known. */
export const LATE: Readonly<Record<Progress['state'], string>> = {
  pending: 'it was not started',
  pulling: 'its image is still pulled',
  starting: 'it does not answer its readiness probe',
  ready: 'it is not published',
}

/** What to do about a reason. */
export function nextStep(component: string, namespace: string, reason: string): string {
  const logs = `kubectl logs -n ${namespace} -l app.kubernetes.io/name=${component}`
  if (/Image|ErrImagePull/.test(reason)) {
    return `Check "images.${component}" or "versions.${component}", and that the nodes reach the registry.`
  }
  if (reason.includes(CRASHES)) {
    return `Its log says why: ${logs} --previous`
  }
  if (reason === LATE.pending) return 'Put right what stands before it, and type the command again.'
  if (reason.startsWith('Unschedulable')) return 'Add a node, or free what it asks for.'
  return `Its log may say why: ${logs}. If it only needs longer, raise "bounds.${component}".`
}
