#!/usr/bin/env node
// Plain JavaScript, so that any Node can read it: the rest is TypeScript, which Node runs by itself from 22.18 on.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { keepCompiled } from './compiled.mjs'

keepCompiled()
if (runsTypeScript(process.versions.node)) {
  const { main } = await import('./main.ts')
  await main(process.argv.slice(2))
} else {
  runElsewhere()
}

/** @param {string} version */
function runsTypeScript(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)
}

/** Hands over to the Node that `npm ci` put beside us: same arguments, streams, signals and exit code. */
function runElsewhere() {
  const node = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url))
  if (!existsSync(node)) {
    const why = `needs Node 22.18 or newer (this is ${process.version}), or the one that \`npm ci\` installs`
    console.error(`cb-bridge: ${why}`)
    process.exit(1)
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // A terminal sends SIGINT to both of us; a second one would look like an impatient user.
    process.on(signal, () =>
      signal !== 'SIGINT' || !process.stdin.isTTY ? child.kill(signal) : undefined,
    )
  }
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 2)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
