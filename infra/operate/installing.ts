/** How often somebody who waits is told that it goes on, in ms. */
const EVERY_MS = 5_000

/** Waits for something slow and says so, at its start and while it lasts. */
export async function telling<T>(
  what: string,
  tell: (line: string) => void,
  slow: Promise<T>,
): Promise<T> {
  const start = performance.now()
  tell(what)
  const timer = setInterval(
    () => tell(`${what} (${Math.round((performance.now() - start) / 1000)} s)`),
    EVERY_MS,
  )
  try {
    return await slow
  } finally {
    clearInterval(timer)
  }
}

/** The line of an installer's error that says what went wrong, among much else. */
export function reasonOf(error: unknown): string {
  const { stderr = '', message = String(error) } = error as Partial<Said>
  const lines = `${stderr}\n${message}`.split('\n').map((line) => line.trim())
  const told = lines.find((line) => /^(?:error|curl):/i.test(line)) ?? lines.find(isWord)
  return told?.replace(/^error:\s*/i, '') ?? 'no reason told'
}

interface Said {
  readonly stderr: string
  readonly message: string
}

const isWord = (line: string): boolean => line !== '' && !/^code: -?\d+$/.test(line)
