import { Command, CommanderError } from 'commander'
import { VERSION } from '../lib/version.ts'
import { UserFault } from './fault.ts'

type AddVerb = (program: Command) => void

/** The verbs in the order of `--help`; each module adds one command to the program. */
const VERBS: Readonly<Record<string, () => Promise<AddVerb>>> = {
  serve: async () => (await import('./serve.ts')).addServe,
  demo: async () => (await import('./demo.ts')).addDemo,
  check: async () => (await import('./check.ts')).addCheck,
  explain: async () => (await import('./explain.ts')).addExplain,
  token: async () => (await import('./token.ts')).addToken,
  build: async () => (await import('./build.ts')).addBuild,
  deploy: async () => (await import('./deploy.ts')).addDeploy,
  container: async () => (await import('./container.ts')).addContainer,
  up: async () => (await import('./up.ts')).addUp,
  preview: async () => (await import('./preview.ts')).addPreview,
  status: async () => (await import('./status.ts')).addStatus,
  down: async () => (await import('./down.ts')).addDown,
  config: async () => (await import('./config.ts')).addConfig,
  upstream: async () => (await import('./upstream.ts')).addUpstream,
  login: async () => (await import('./login.ts')).addLogin,
  logout: async () => (await import('./logout.ts')).addLogout,
  password: async () => (await import('./password.ts')).addPassword,
  reference: async () => (await import('./reference.ts')).addReference,
}

const EXAMPLES = `
Examples:
  $ npx cb-bridge serve --config routes --watch
  $ npx cb-bridge check --config routes
  $ npx cb-bridge explain GET /tumblebug/ns --config routes

Exit codes: 0 done, 1 something to put right (configuration, arguments, a taken port), 2 a fault of cb-bridge,
3 not ready, 4 rollback failed, 5 gateway unreachable.`

/** Runs the command line and leaves the outcome in `process.exitCode`. */
export async function main(args: readonly string[]): Promise<void> {
  endQuietlyOnClosedPipe()
  try {
    const program = await createProgram(args)
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = report(error)
  }
}

async function createProgram([first]: readonly string[]): Promise<Command> {
  const program = new Command('cb-bridge')
    .description('An API gateway for Cloud-Barista: from cb-restapigw YAML to answers.')
    .version(VERSION, '-V, --version', 'print the version')
    .showHelpAfterError('(--help lists what is possible)')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
  // One verb alone, where one is asked for: the container image has no tools for the others.
  const asked = first === undefined ? undefined : VERBS[first]
  const loaders = asked === undefined ? Object.values(VERBS) : [asked]
  for (const add of await Promise.all(loaders.map((load) => load()))) add(program)
  return program
}

/** Prints what went wrong, unless commander has done so, and says how the process shall end. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1
  if (error instanceof UserFault) {
    console.error(`error: ${error.message}`)
    return 1
  }
  const isVerbose = process.env['DEBUG'] !== undefined && process.env['DEBUG'] !== ''
  const message = error instanceof Error ? error.message : String(error)
  console.error(`cb-bridge: internal error: ${message}`)
  console.error(isVerbose ? error : 'Run again with DEBUG=1 for the stack, and please report it.')
  return 2
}

/** `cb-bridge explain ... | head` closes our output early: that is no error. */
function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
    throw error
  })
}
