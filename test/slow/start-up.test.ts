import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startContainer } from '../../src/cli/container.ts'
import { writeDirectory } from '../hosts/directory.ts'

const GROUPS = 10
const ROUTES_PER_GROUP = 100
const LIMIT_MS = 400

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

test.each([
  ['with plain hosts', 'http://api.example.com'],
  ['with a reference in each', '${UPSTREAM_URL}'],
])('1,000 routes %s start within 400 ms of CPU', async (_, host) => {
  const directory = writeDirectory(configuration(host))
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
  // Others on the machine only add to it.
  const least = Math.min(...spent)
  console.log(`${least} ms of CPU, start and first answer of workerd (${spent.join(', ')})`)
  expect(least).toBeLessThanOrEqual(LIMIT_MS)
})

/** User and system time of a process (proc(5), ticks of 10 ms). */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}
