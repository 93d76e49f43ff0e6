import type { Counts } from '../ports.ts'
import { BOUNDS_MS, FAMILIES, type Family, parseSeries } from './series.ts'

/** Prometheus text, exposition format 0.0.4, in a stable order. */
export const formatExposition = (counts: Counts): string => {
  const sorted = Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return FAMILIES.map((family) => formatFamily(family, sorted)).join('')
}

type Entry = readonly [series: string, sums: readonly number[]]

function formatFamily(family: Family, entries: readonly Entry[]): string {
  const lines = entries.flatMap(([series, sums]) => {
    const parsed = parseSeries(series)
    if (parsed?.family !== family) return []
    const labels = family.labels.map(
      (name, i) => `${name}="${escapeLabel(parsed.labels[i] ?? '')}"`,
    )
    return family.type === 'counter'
      ? [`${family.name}{${labels.join()}} ${sums[0] ?? 0}\n`]
      : formatHistogram(family.name, labels.join(), sums)
  })
  const { name, help, type } = family
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function formatHistogram(name: string, labels: string, sums: readonly number[]): readonly string[] {
  let count = 0
  const buckets = [...BOUNDS_MS, Number.POSITIVE_INFINITY].map((bound, i) => {
    count += sums[i] ?? 0
    const le = Number.isFinite(bound) ? String(bound / 1000) : '+Inf'
    return `${name}_bucket{${labels},le="${le}"} ${count}\n`
  })
  const total = (sums[BOUNDS_MS.length + 1] ?? 0) / 1e6
  return [...buckets, `${name}_sum{${labels}} ${total}\n`, `${name}_count{${labels}} ${count}\n`]
}

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
