import { file, html, redirect } from './replies.ts'
import type { Call, Handler, Reply } from './router.ts'
import type { StandIn } from './stand-in.ts'

/**
 * CB-MapUI, the map in the browser, as its Vite server serves it with `--base /mapui/`: a page, its assets with entity
 * tags and ranges, and a redirect from the root. It asks nobody for credentials.
 */
export function createMapui(): StandIn {
  const toBase = () => redirect(302, '/mapui/')
  const get = (path: string, handler: Handler) => ({
    [`GET ${path}`]: handler,
    [`HEAD ${path}`]: handler,
  })
  return {
    name: 'cb-mapui',
    routes: {
      ...get('/', toBase),
      ...get('/mapui', toBase),
      ...get('/mapui/map', toBase),
      ...get('/mapui/', () => html(PAGE)),
      ...get('/mapui/index.html', () => html(PAGE)),
      ...get('/mapui/assets/:file', asset),
    },
  }
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="UTF-8">
  <title>CB-MapUI: Map Dashboard for Cloud-Barista</title>
  <link rel="stylesheet" href="assets/index.css">
</head>
<body>
  <h1>CB-MapUI</h1>
  <ul id="infra"></ul>
  <script type="module" src="assets/index.js"></script>
</body>
</html>
`

/** Asks CB-Tumblebug through the gateway that served the page: no credentials in the browser. */
const SCRIPT = `const list = document.querySelector('#infra')
const answer = await fetch('/readonly/tumblebug/ns/default/infra?option=status')
for (const { id, status } of (await answer.json()).infra) {
  const item = document.createElement('li')
  item.textContent = id + ': ' + status
  list.append(item)
}
`

const ASSETS: Readonly<Record<string, readonly [body: string, type: string]>> = {
  'index.css': ['body { font: 16px system-ui; margin: 2rem }\n', 'text/css'],
  'index.js': [SCRIPT, 'text/javascript'],
}

function asset(call: Call): Reply {
  const found = Object.entries(ASSETS).find(([name]) => name === call.param('file'))?.[1]
  if (found === undefined) return { ...html('<h1>404</h1>\n'), status: 404 }
  return file(call, Buffer.from(found[0]), found[1])
}
