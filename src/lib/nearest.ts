/**
 * The candidate that a misspelt word most likely means, or undefined when none is near.
 *
 * Near is an edit distance (insert, delete, replace, swap of neighbours) of at most a third of the word, case, `_` and
 * `-` aside. Candidates that come first win a tie.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = squash(word)
  let best: string | undefined
  let limit = Math.max(1, Math.floor(wanted.length / 3))
  if (wanted.length > LONGEST_WORD) return undefined
  for (const candidate of candidates) {
    const distance = editDistance(wanted, squash(candidate))
    if (distance > limit) continue
    best = candidate
    limit = distance - 1
  }
  return best
}

/** Words beyond this length are no typing errors; the bound keeps the comparison cheap. */
const LONGEST_WORD = 64

const squash = (word: string) => word.toLowerCase().replaceAll(/[_-]/g, '')

/** Optimal string alignment distance. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(
        Math.min(
          at(row, j - 1) + 1,
          at(last, j) + 1,
          at(last, j - 1) + (isSame ? 0 : 1),
          isSwap ? at(beforeLast, j - 2) + 1 : Infinity,
        ),
      )
    }
    beforeLast = last
    last = row
  }
  return at(last, b.length)
}

const at = (row: readonly number[], index: number) => row[index] ?? Infinity
