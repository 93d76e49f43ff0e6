import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

/** `npm run check`: everything about the sources that a tool can judge, at once; one line per step. */
interface Step {
  readonly name: string
  readonly command: readonly [tool: string, ...args: string[]]
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const BIN = join(ROOT, 'node_modules/.bin')

/** TypeScript 7 is a program of its own; 6, which others need as a library, has a `tsc` of the same name. */
const TSC = '../typescript-7/bin/tsc'

const PROJECTS = ['src', 'src/cli', 'test', 'test/workerd', 'infra']

const STEPS: readonly Step[] = [
  ...PROJECTS.map((project) => ({
    name: `types ${project}`,
    command: [TSC, '-p', project] as const,
  })),
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings', '.'] },
  { name: 'format', command: ['oxfmt', '--check', '.'] },
  {
    name: 'layers',
    command: ['depcruise', '--config', '.dependency-cruiser.mjs', 'src', 'test', 'infra'],
  },
  { name: 'dead code', command: ['knip'] },
  { name: 'freshness', command: ['node', 'src/cli/bin.mjs', 'reference', '--check'] },
]

const failures = (await Promise.all(STEPS.map(run))).filter((hasPassed) => !hasPassed).length
process.exitCode = failures === 0 ? 0 : 1

async function run({ name, command: [tool, ...args] }: Step): Promise<boolean> {
  const start = performance.now()
  const { code, output } = await capture(join(BIN, tool), args)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(14)} ${seconds} s`)
  if (code !== 0) console.log(output.trimEnd())
  return code === 0
}

function capture(tool: string, args: readonly string[]) {
  return new Promise<{ code: number; output: string }>((resolve) => {
    const child = spawn(tool, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (error) => resolve({ code: 2, output: error.message }))
    child.once('close', (code) => resolve({ code: code ?? 2, output }))
  })
}
