const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
}
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y
/** Go keeps durations in 64 bits of nanoseconds: about 292 years. */
const LONGEST_MS = 2 ** 63 / 1e6

/**
 * Milliseconds of a Go duration string (`1h30m`, `250ms`, `1.5s`, `0`), or undefined when it is none.
 *
 * Go's `time.ParseDuration`: a bare number other than 0 has no unit and is refused; a sign is allowed.
 */
export function parseDuration(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1
  const start = /^[-+]/.test(text) ? 1 : 0
  if (text.slice(start) === '0') return 0
  let sum = 0
  PART.lastIndex = start
  while (PART.lastIndex < text.length) {
    const [, amount, unit] = PART.exec(text) ?? []
    if (amount === undefined || unit === undefined) return undefined
    sum += Number(amount) * (UNITS_MS[unit] ?? Number.NaN)
  }
  return text.length > start && sum <= LONGEST_MS ? sign * sum : undefined
}
