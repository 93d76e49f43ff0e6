/** What a promise is given up with when it takes too long. */
export class TooLate extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms} ms`)
  }
}

/** The promise's outcome, or a rejection with `TooLate` when it takes longer. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new TooLate(ms)), ms)
    cancel = () => clearTimeout(timer)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    cancel()
  }
}
