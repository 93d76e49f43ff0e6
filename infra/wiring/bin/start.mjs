// An engine that is killed tells nobody; whoever it started then has another parent. It may be gone before we have read our modules.
const engine = process.ppid
setInterval(() => {
  if (process.ppid !== engine) process.exit()
}, 1_000).unref()

// Plain JavaScript, so that any Node can read it: from 22.18 on Node runs the TypeScript by itself.
const { typescript } = process.features
if (typescript === undefined || typescript === false) (await import('tsx/esm/api')).register()
const { start } = await import('../provider/main.ts')
await start(process.argv.slice(2))
