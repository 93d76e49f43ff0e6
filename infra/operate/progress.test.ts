import { describe, expect, test } from 'vitest'
import { nextStep, type Pod, progressOf } from './progress.ts'

const pod = (more: Partial<Pod> = {}): Pod => ({
  name: 'a-0',
  isReady: false,
  isLeaving: false,
  restarts: 0,
  waiting: [],
  ...more,
})
const waiting = (reason: string, message = '') => pod({ waiting: [{ reason, message }] })

describe('a component', () => {
  test.each<[string, readonly Pod[], number, object]>([
    ['without pods is pending', [], 1, { state: 'pending', isStuck: false }],
    [
      'whose pod finds no node is pending and says why',
      [pod({ unscheduled: '0/3 nodes are available' })],
      1,
      { state: 'pending', reason: 'Unschedulable: 0/3 nodes are available', isStuck: false },
    ],
    [
      'whose container is created pulls',
      [waiting('ContainerCreating')],
      1,
      { state: 'pulling', isStuck: false },
    ],
    [
      'without its image is stuck',
      [waiting('ImagePullBackOff', 'not found')],
      1,
      { state: 'pulling', reason: 'ImagePullBackOff: not found', isStuck: true },
    ],
    [
      'that crashes is stuck',
      [waiting('CrashLoopBackOff')],
      1,
      { state: 'starting', reason: 'CrashLoopBackOff', isStuck: true },
    ],
    ['whose container runs is starting', [pod()], 1, { state: 'starting', isStuck: false }],
    [
      'with all pods ready is ready',
      [pod({ isReady: true })],
      1,
      { state: 'ready', isStuck: false },
    ],
    [
      'with too few ready pods is pending',
      [pod({ isReady: true })],
      2,
      { state: 'pending', isStuck: false },
    ],
    [
      'is not ready by a pod that leaves',
      [pod({ isReady: true, isLeaving: true })],
      1,
      { state: 'pending', isStuck: false },
    ],
  ])('%s', (_, pods, replicas, expected) => {
    expect(progressOf(pods, replicas)).toEqual(expected)
  })
})

test.each([
  ['ImagePullBackOff: x', '"images.a"'],
  ['CrashLoopBackOff', '--previous'],
  ['Unschedulable: x', 'Add a node'],
  ['it does not answer its readiness probe', '"bounds.a"'],
])('the next step for %s names %s', (reason, expected) => {
  expect(nextStep('a', 'n', reason)).toContain(expected)
})
