import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sources } from '../../src/config/load.ts'

/**
 * A configuration of so many routes, as the APIs of a large system have them: collections below a namespace, each with
 * five routes, `perFile` routes in a file. The upstream's address is a reference, so starting includes filling it in.
 */
export function manyRoutes(count: number, perFile = PER_FILE): Sources {
  const definitions = Array.from({ length: count }, (_, index) => definitionOf(index))
  const groups = []
  for (let from = 0; from < count; from += perFile) {
    groups.push({
      name: `apis/group-${String(from / perFile).padStart(3, '0')}.yaml`,
      text: `definitions:\n${definitions.slice(from, from + perFile).join('')}`,
    })
  }
  return { system: { name: 'gateway.yaml', text: SYSTEM }, groups }
}

/** Writes such a configuration into an empty directory. */
export function writeRoutes(directory: string, count: number): void {
  const { system, groups } = manyRoutes(count)
  mkdirSync(join(directory, 'apis'), { recursive: true })
  for (const { name, text } of [system, ...groups]) writeFileSync(join(directory, name), text)
}

const PER_FILE = 100

const SYSTEM = `version: 1
name: many
timeout: 10s
cache_ttl: 0s
upstreams:
  bench:
    targets: [{ url: "\${BENCH_UPSTREAM:-http://127.0.0.1:9}" }]
`

const SHAPES = [
  { method: 'GET', suffix: '' },
  { method: 'POST', suffix: '' },
  { method: 'GET', suffix: '/{id}' },
  { method: 'DELETE', suffix: '/{id}' },
  { method: 'GET', suffix: '/{id}/status' },
] as const

function definitionOf(index: number): string {
  const collection = Math.floor(index / SHAPES.length)
  const shape = SHAPES[index % SHAPES.length] ?? SHAPES[0]
  const path = `/service${collection % 20}/ns/{nsId}/resource${collection}${shape.suffix}`
  return `  - name: route-${index}
    endpoint: ${path}
    method: ${shape.method}
    backend:
      - hosts: [{ host: bench }]
        url_pattern: ${path}
        method: ${shape.method}
        whitelist: [id, name, status]
`
}
