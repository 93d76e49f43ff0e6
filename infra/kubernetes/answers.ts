import { ApiException } from '@kubernetes/client-node'
import { ClusterError, messageOf } from './cluster.ts'

/** What a cluster answers; whatever goes wrong is a `ClusterError`. */
export async function answer<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    throw new ClusterError(failureOf(error), { cause: error })
  }
}

/** The same, but undefined for what is not there. */
export const orAbsent = <T>(asked: Promise<T>): Promise<T | undefined> =>
  answer(undefinedFor(404, asked))

/** The same, but undefined for what this user may not see. */
export const orForbidden = <T>(asked: Promise<T>): Promise<T | undefined> =>
  answer(undefinedFor(403, asked))

const undefinedFor = <T>(code: number, asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) =>
    error instanceof ApiException && error.code === code ? undefined : Promise.reject(error),
  )

function failureOf(error: unknown): string {
  if (!(error instanceof ApiException)) return `The cluster cannot be reached: ${messageOf(error)}.`
  return error.code === 401 || error.code === 403
    ? `The cluster refuses the user of this context (${error.code}).`
    : `The cluster answers ${error.code}.`
}
