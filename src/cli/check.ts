import type { Command } from 'commander'
import { type Diagnostic, printDiagnostic, type Severity } from '../config/diagnostics.ts'
import { activate } from '../plan/activate.ts'
import { type Configuration, readConfiguration } from './configuration.ts'
import { configOption } from './options.ts'
import { findPlatformMismatches } from './platform-limits.ts'
import { findUnset } from './unset.ts'
import { createLookup, type Lookup } from './values.ts'
import { readWrangler } from './wrangler.ts'

interface CheckFlags {
  readonly config: string
  readonly json?: boolean
  readonly env?: boolean
  readonly allowMissing?: boolean
}

/** `cb-bridge check`: everything that is wrong with a configuration, at once. */
export function addCheck(program: Command): void {
  program
    .command('check')
    .description('tell everything that is wrong with a configuration')
    .addOption(configOption())
    .option('--env', 'fill every ${NAME} from the environment and .dev.vars and check the result')
    .option('--allow-missing', 'accept middlewares that this version does not have yet')
    .option('--json', 'print the diagnostics as JSON')
    .addHelpText('after', '\nExample:\n  $ npx cb-bridge check --config routes --env')
    .action(runCheck)
}

async function runCheck({ config, allowMissing = false, ...flags }: CheckFlags): Promise<void> {
  const configuration = await readConfiguration(config, { allowMissing })
  const lookup = createLookup(config)
  const values = checkValues(configuration, lookup, flags.env === true)
  const { plan, diagnose } = configuration
  const mismatches = plan === undefined ? [] : findPlatformMismatches(plan, readWrangler(), lookup)
  const diagnostics = [...configuration.diagnostics, ...values, ...diagnose(mismatches)]
  const errors = count(diagnostics, 'error')
  const routes = countRoutes(configuration)
  if (flags.json === true) {
    const version = configuration.plan?.version
    console.log(JSON.stringify({ ok: errors === 0, config, version, routes, diagnostics }, null, 2))
  } else {
    for (const diagnostic of diagnostics) console.log(printDiagnostic(diagnostic))
    console.log(summarize(config, routes, diagnostics))
  }
  process.exitCode = errors === 0 ? 0 : 1
}

/** What the values of the references are lacking: told as warnings, unless `--env` says that they are meant to be there. */
function checkValues(
  configuration: Configuration,
  lookup: Lookup,
  isStrict: boolean,
): readonly Diagnostic[] {
  const { plan, diagnose } = configuration
  const unset = findUnset(configuration, lookup)
  if (unset.length > 0) {
    const severity = isStrict ? 'error' : 'warning'
    return diagnose(unset.map((fault) => ({ ...fault, severity })))
  }
  if (!isStrict || plan === undefined) return []
  const activated = activate(plan, lookup)
  return activated.ok ? [] : diagnose(activated.error)
}

function countRoutes({ plan }: Configuration): number {
  return plan === undefined ? 0 : plan.routes.length + (plan.unfilled?.definitions.length ?? 0)
}

function summarize(config: string, routes: number, diagnostics: readonly Diagnostic[]): string {
  const counts = [
    plural(count(diagnostics, 'error'), 'error'),
    plural(count(diagnostics, 'warning'), 'warning'),
    plural(count(diagnostics, 'notice'), 'notice'),
  ]
  const isGood = count(diagnostics, 'error') === 0
  return `${config}: ${isGood ? `good, ${plural(routes, 'route')}` : 'not valid'}, ${counts.join(', ')}`
}

const count = (diagnostics: readonly Diagnostic[], severity: Severity): number =>
  diagnostics.filter((diagnostic) => diagnostic.severity === severity).length

const plural = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? '' : 's'}`
