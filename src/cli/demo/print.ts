import type { Demo, DemoComponent } from './start.ts'

/** What `demo` prints: the stand-ins, and the environment that lets a gateway of the user's own reach them. */
export function demoText({ components, values }: Demo): string {
  const lines = Object.entries(values).map(([name, value]) => `  export ${name}=${value}`)
  return `Stand-ins of Cloud-Barista, in memory:

${componentTable(components)}

Environment for a gateway in front of them (npx cb-bridge serve --config routes):

${lines.join('\n')}

Ctrl-C ends them.`
}

/** What `demo --serve` prints: the stand-ins, the gateway and requests worth trying. */
export function servedText({ components, token }: Demo, gateway: { readonly url: string }): string {
  return `Cloud-Barista on stand-ins, in memory; the gateway adds the credentials:

${componentTable(components)}

The gateway listens on ${gateway.url} with the routes of routes/. Worth trying:

${curlLines(gateway.url, token)
  .map(({ about, line }) => `  # ${about}\n  ${line}`)
  .join('\n')}

In a browser: ${gateway.url}mapui/

Ctrl-C ends it all.`
}

/** A request to try, and what it shows. */
export interface CurlLine {
  readonly about: string
  readonly line: string
}

const INFRA = {
  name: 'mine',
  nodeGroups: [{ name: 'g1', nodeGroupSize: 2, specId: 'aws+ap-northeast-2+t3.nano' }],
}

/** Seven requests for a shell, each of which works as it stands. `url` ends in a slash. */
export const curlLines = (url: string, token: string): readonly CurlLine[] => [
  {
    about: 'CB-Tumblebug, as it is: what runs where?',
    line: `curl -s '${url}tumblebug/ns/default/infra?option=status'`,
  },
  {
    about: 'five components in one answer',
    line: `curl -s ${url}dashboard/default`,
  },
  {
    about: 'a chain: from an infra to its connection to its region',
    line: `curl -s ${url}where/default/infra01`,
  },
  {
    about: 'create an infra: takes four seconds, and no timeout cuts it',
    line: `curl -s ${url}tumblebug/ns/default/infraDynamic -H 'Content-Type: application/json' -d '${JSON.stringify(INFRA)}'`,
  },
  {
    about: 'a public route with a limit: three at once from one address, then one in five seconds',
    line: `for i in 1 2 3 4; do curl -s -o /dev/null -w '%{http_code}\\n' ${url}public/default; done`,
  },
  {
    about: 'a stream of server-sent events',
    line: `curl -sN '${url}tumblebug/ns/default/stream/cmd/infra/infra01?xRequestId=demo'`,
  },
  {
    about: 'a private route: 401 without the token, 200 with it',
    line: `for t in none ${token}; do curl -s -o /dev/null -w '%{http_code}\\n' -H "Authorization: Bearer $t" ${url}private/default; done`,
  },
]

function componentTable(components: readonly DemoComponent[]): string {
  const nameWidth = Math.max(...components.map(({ name }) => name.length))
  const urlWidth = Math.max(...components.map(({ url }) => url.length))
  return components
    .map(({ name, url, username, password }) => {
      const credentials = username === undefined ? '' : `${username}:${password ?? ''}`
      return `  ${name.padEnd(nameWidth)}  ${url.padEnd(urlWidth)}  ${credentials}`.trimEnd()
    })
    .join('\n')
}
