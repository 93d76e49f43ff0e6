/** How long a durable object may take; after that the outcome of a call is unknown. */
export const PATIENCE_MS = 5000

/** The promise's outcome, or a rejection when it takes longer. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
    cancel = () => clearTimeout(timer)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    cancel()
  }
}
