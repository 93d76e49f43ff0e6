import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startContainer } from '../../src/cli/container.ts'
import { writeDirectory } from '../hosts/directory.ts'

const GROUPS = 10
const ROUTES_PER_GROUP = 100
const LIMIT_MS = 400
/** A start without routes where the limit is meant to hold; a slower machine is allowed more, in proportion. */
const EMPTY_MS = 50

/** A route such as people write: a parameter, filters, headers and a policy of its own. */
const route = (
  group: number,
  number: number,
  host: string,
): string => `  - name: route-${group}-${number}
    endpoint: /service-${group}/ns/{nsId}/things-${number}/{id}
    method: GET
    timeout: 5s
    hosts: [{host: "${host}"}]
    except_headers: [X-Internal]
    backend:
      - url_pattern: /api/ns/{nsId}/things-${number}/{id}?verbose=true
        whitelist: [id, name, "status.phase"]
        mapping: {id: identifier}
        group: thing
`

const configuration = (host: string) => ({
  system: 'version: 1\nname: large\nmetrics: {public: true}\n',
  apis: Object.fromEntries(
    Array.from({ length: GROUPS }, (_, group) => [
      `group-${group}.yaml`,
      `definitions:\n${Array.from({ length: ROUTES_PER_GROUP }, (_, i) => route(group, i, host)).join('')}`,
    ]),
  ),
})

/** CPU time of workerd's start and first answer: the least of five, as others on the machine only add to it. */
async function startMs(files: Parameters<typeof writeDirectory>[0]): Promise<number> {
  const directory = writeDirectory(files)
  const spent: number[] = []
  for (let run = 0; run < 5; run++) {
    const { url, pid, close } = await startContainer({
      config: directory.path,
      port: 0,
      values: { UPSTREAM_URL: 'http://api.example.com' },
      log: () => {},
      note: () => {},
    })
    expect((await fetch(`${url}__health`)).status).toBe(200)
    spent.push(cpuMs(pid))
    await close(0)
  }
  directory.remove()
  return Math.min(...spent)
}

test.each([
  ['with plain hosts', 'http://api.example.com'],
  ['with a reference in each', '${UPSTREAM_URL}'],
])('1,000 routes %s start within 400 ms of CPU', async (_, host) => {
  const { system, apis } = configuration(host)
  const empty = await startMs({ system, apis: {} })
  const full = await startMs({ system, apis })
  const limit = LIMIT_MS * Math.max(1, empty / EMPTY_MS)
  console.log(`${full} ms of CPU, ${empty} ms without routes: at most ${limit.toFixed(0)} ms here`)
  expect(full).toBeLessThanOrEqual(limit)
})

/** User and system time of a process (proc(5), ticks of 10 ms). */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}
