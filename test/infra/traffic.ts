/** An answer to one of many requests. */
export interface Answered {
  readonly status: number
  readonly retryAfter: string | null
  /** `type` of its problem, where it is one. */
  readonly problem: string | undefined
}

/** How often a request comes, whether or not the last one was answered, in ms: 50 per second. */
const EVERY_MS = 20

/** Sends GET requests to a URL for as long as something is done; resolves with all answers once the last one is there. */
export async function underTraffic<T>(
  url: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly answers: readonly Answered[] }> {
  const asked: Promise<Answered>[] = []
  const timer = setInterval(() => asked.push(ask(url)), EVERY_MS)
  const result = await work().finally(() => clearInterval(timer))
  return { result, answers: await Promise.all(asked) }
}

/** One request; no answer at all is a status of 0. */
export async function ask(url: string, withinMs = 30_000): Promise<Answered> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(withinMs) })
    const text = await response.text()
    const isProblem = response.headers.get('content-type') === 'application/problem+json'
    const { type } = isProblem ? (JSON.parse(text) as { readonly type?: string }) : {}
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      problem: type?.split(':').at(-1),
    }
  } catch {
    return { status: 0, retryAfter: null, problem: undefined }
  }
}

/** Answers that a client could not live with: neither 200 nor a 503 that says why and when to come back. */
export const unbearable = (answers: readonly Answered[]): readonly Answered[] =>
  answers.filter(
    ({ status, retryAfter, problem }) =>
      status !== 200 && !(status === 503 && retryAfter !== null && problem !== undefined),
  )

/** How many answers there are of each kind: `200`, or the reason of a refusal. */
export function countOf(answers: readonly Answered[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { status, problem } of answers) {
    const key = problem ?? String(status)
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}
