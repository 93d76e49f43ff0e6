/** Lists of numbers by key. */
type Sums = Readonly<Record<string, readonly number[]>>

/** Adds lists of numbers key by key and position by position; a missing number is 0. Whole numbers stay exact. */
export function addSums(parts: readonly Sums[]): Sums {
  const sums = new Map<string, number[]>()
  for (const part of parts) {
    for (const [key, values] of Object.entries(part)) addInto(listOf(sums, key), values)
  }
  return Object.fromEntries(sums)
}

function listOf(sums: Map<string, number[]>, key: string): number[] {
  const known = sums.get(key) ?? []
  sums.set(key, known)
  return known
}

function addInto(sum: number[], values: readonly number[]): void {
  values.forEach((value, i) => {
    sum[i] = (sum[i] ?? 0) + value
  })
}
