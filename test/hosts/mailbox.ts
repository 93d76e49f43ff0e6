/** Messages in the order of their arrival, each taken once. */
export interface Mailbox<T> {
  readonly put: (message: T) => void
  /** The oldest message that nobody has taken, or the next to come. */
  readonly next: () => Promise<T>
}

/** An empty mailbox. */
export function createMailbox<T>(): Mailbox<T> {
  const messages: T[] = []
  const waiting: ((message: T) => void)[] = []
  return {
    put: (message) => {
      const next = waiting.shift()
      if (next === undefined) messages.push(message)
      else next(message)
    },
    next: () =>
      messages.length > 0
        ? Promise.resolve(messages.shift() as T)
        : new Promise((resolve) => waiting.push(resolve)),
  }
}
