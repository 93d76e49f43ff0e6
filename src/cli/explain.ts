import { type Command, InvalidArgumentError } from 'commander'
import { type Place, printDiagnostic } from '../config/diagnostics.ts'
import { activate } from '../plan/activate.ts'
import { explain, type Explanation, type ExplainRequest } from '../plan/explain.ts'
import type { Plan } from '../plan/types.ts'
import { type Configuration, readConfiguration } from './configuration.ts'
import { locateAll, type LocatedExplanation, printExplanation } from './explanation.ts'
import { UserFault } from './fault.ts'
import { configOption } from './options.ts'
import { connect, gatewayOption, must } from './remote.ts'
import { findUnset } from './unset.ts'
import { createLookup, type Lookup } from './values.ts'

interface ExplainFlags {
  readonly url?: string
  readonly config: string
  readonly header: readonly (readonly [string, string])[]
  readonly json?: boolean
  readonly env?: boolean
  readonly allowMissing?: boolean
}

const HELP = `
Credentials and values of \${NAME}s are never shown.

Examples:
  $ npx cb-bridge explain GET '/tumblebug/ns?option=id' --header 'Authorization: Bearer x' --config routes

What a running gateway serves, registered upstreams included (its token is CB_BRIDGE_TOKEN, or from "login"):
  $ npx cb-bridge explain GET /tumblebug/ns --url http://127.0.0.1:8000`

/** `cb-bridge explain GET /path`: which route wins, why, and what would be called. Nothing is called. */
export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('say which route takes a request, why, and what would be called')
    .argument('<method>', 'method of the request', parseMethod)
    .argument('<path>', 'path of the request, perhaps with a query', parsePath)
    .addOption(configOption())
    .addOption(
      gatewayOption('ask the gateway there what it serves, instead of reading files').conflicts([
        'config',
        'header',
        'env',
        'allowMissing',
      ]),
    )
    .option(
      '--header <header>',
      'a header of the request: "name: value"; may be repeated',
      addHeader,
      [],
    )
    .option('--env', 'stop when a ${NAME} has no value, instead of going on without it')
    .option('--allow-missing', 'accept middlewares that this version does not have yet')
    .option('--json', 'print the explanation as JSON')
    .addHelpText('after', HELP)
    .action(runExplain)
}

async function runExplain(method: string, path: string, flags: ExplainFlags): Promise<void> {
  const { url, json = false } = flags
  const explanation =
    url === undefined ? await explainFiles({ method, path }, flags) : await ask(url, method, path)
  if (explanation === undefined) return
  console.log(
    json
      ? JSON.stringify({ request: { method, path }, ...explanation }, null, 2)
      : printExplanation(`${method} ${path}`, explanation),
  )
}

/** What the files say; undefined, with the reasons on stderr, where they can not be served. */
async function explainFiles(
  asked: Pick<ExplainRequest, 'method' | 'path'>,
  { config, header, allowMissing = false, env = false }: ExplainFlags,
): Promise<LocatedExplanation | undefined> {
  const configuration = await readConfiguration(config, { allowMissing })
  const { plan, remarks } = fillPlan(configuration, createLookup(config), env)
  for (const remark of remarks) console.error(remark)
  if (plan === undefined) {
    console.error(`${config} can not be explained`)
    process.exitCode = 1
    return undefined
  }
  return locateAll(explain(plan, { ...asked, headers: header }), lineIn(configuration))
}

const lineIn =
  ({ diagnose }: Configuration) =>
  (place: Place): string => {
    const [found] = diagnose([{ severity: 'notice', message: '', place }])
    return found === undefined ? place.file : `${found.file}:${found.line}:${found.column}`
  }

/** What a running gateway says. It knows the files of its plan, not their lines. */
async function ask(url: string, method: string, path: string): Promise<LocatedExplanation> {
  const { body } = await must(connect(url).explain(method, path))
  if (!isExplanation(body)) throw new UserFault(`${url} explains in a way that is not known here`)
  return locateAll(body, ({ file }) => file)
}

const OUTCOMES: Readonly<Record<Explanation['outcome'], true>> = {
  'bad-path': true,
  reserved: true,
  redirect: true,
  'method-not-allowed': true,
  'not-found': true,
  route: true,
}

/** The rest is as the gateway's version makes it. */
const isExplanation = (body: { readonly outcome: string }): body is Explanation =>
  Object.hasOwn(OUTCOMES, body.outcome)

interface FilledPlan {
  readonly plan?: Plan
  /** What the user should know: errors when there is no plan. */
  readonly remarks: readonly string[]
}

/**
 * The plan with the values that are at hand. What has none is explained as if its value were its name, unless
 * `isStrict`: credentials decide nothing and are not shown anyway.
 */
function fillPlan(configuration: Configuration, lookup: Lookup, isStrict: boolean): FilledPlan {
  const { plan, diagnostics, diagnose } = configuration
  if (plan === undefined) return { remarks: diagnostics.map(printDiagnostic) }
  const unset = findUnset(configuration, lookup)
  if (isStrict && unset.length > 0) return { remarks: diagnose(unset).map(printDiagnostic) }
  const activated = activate(plan, (name) => lookup(name) ?? standIn(name, configuration))
  if (!activated.ok)
    return { remarks: diagnose([...unset, ...activated.error]).map(printDiagnostic) }
  const names = unset.map(({ missing }) => `\${${missing}}`).join(', ')
  return {
    plan: activated.value,
    remarks: unset.length === 0 ? [] : [`note: without a value, explained all the same: ${names}`],
  }
}

/** Only where no default helps, so that defaults stay visible. */
function standIn(name: string, { references }: Configuration): string | undefined {
  const isNeeded = references.some((reference) => reference.name === name && !reference.hasDefault)
  return isNeeded ? name : undefined
}

function parseMethod(text: string): string {
  if (!/^[A-Za-z]+$/.test(text)) throw new InvalidArgumentError('Not a method.')
  return text.toUpperCase()
}

function parsePath(text: string): string {
  if (text.startsWith('/')) return text
  throw new InvalidArgumentError('A path begins with a slash.')
}

type Headers = readonly (readonly [string, string])[]

function addHeader(text: string, earlier: Headers): Headers {
  const [, name, value] =
    /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\u0080-\u00ff]*)$/.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('Write it as "name: value".')
  }
  return [...earlier, [name, value]]
}
