import { readdirSync, readFileSync } from 'node:fs'

/** Whether this system tells what a process has used. */
export const CAN_MEASURE_CPU = process.platform === 'linux'

/**
 * CPU time of the threads of a process so far, in microseconds; NaN where the system does not tell. Linux only: the
 * first number of `/proc/<pid>/task/<tid>/schedstat` is in nanoseconds, where `/proc/<pid>/stat` counts 10 ms steps.
 */
export function cpuMicroseconds(pid: number): number {
  if (!CAN_MEASURE_CPU) return Number.NaN
  const tasks = `/proc/${pid}/task`
  return readdirSync(tasks).reduce((sum, task) => sum + taskMicroseconds(`${tasks}/${task}`), 0)
}

const taskMicroseconds = (directory: string): number =>
  Number(readFileSync(`${directory}/schedstat`, 'utf8').split(' ')[0]) / 1000
