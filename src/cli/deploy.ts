import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { BOOTSTRAP, bootstrapText, makeBootstrapToken } from './bootstrap.ts'
import { buildDirectory } from './build.ts'
import type { Build, BuildOptions } from './build.ts'
import { unreachableFromEdge } from './edge-reach.ts'
import { UserFault } from './fault.ts'
import { configOption } from './options.ts'
import { readVars } from './values.ts'
import { readWrangler } from './wrangler.ts'

interface DeployFlags extends BuildOptions {
  /** An environment of wrangler.toml. */
  readonly env?: string
  readonly dryRun?: boolean
}

/** `cb-bridge deploy`: to Cloudflare, after everything that can be known beforehand was checked. */
export function addDeploy(program: Command): void {
  program
    .command('deploy')
    .description('check, build and deploy to Cloudflare with wrangler')
    .addOption(configOption())
    .option('--env <name>', 'an environment of wrangler.toml')
    .option('--out <dir>', 'where to build', 'dist')
    .option('--dry-run', 'do everything but the upload; needs neither network nor account')
    .option('--allow-missing', 'accept middlewares that this version does not have yet')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx cb-bridge deploy --config routes --dry-run\n  $ CLOUDFLARE_API_TOKEN=... npx cb-bridge deploy --config routes --env production',
    )
    .action(deploy)
}

async function deploy(flags: DeployFlags): Promise<void> {
  const build = await buildDirectory(flags)
  for (const remark of build.remarks) console.error(remark)
  const { vars, bindings } = environmentOf(flags)
  const known = { ...vars, ...(flags.dryRun === true ? readVars('.') : {}) }
  refuse([...unreachable(build, known), ...undeclared(build, bindings)])
  for (const name of unbound(build, [...Object.keys(known), ...secretNames(flags)])) {
    console.error(
      `warning: \${${name}} is not bound; set it with: npx wrangler secret put ${name} ${target(flags).join(' ')}`,
    )
  }
  const dryRun = flags.dryRun === true ? ['--dry-run', '--outdir', join(flags.out, 'upload')] : []
  const { status } = wrangler(['deploy', ...target(flags), ...dryRun], { output: 'inherit' })
  if (status !== 0) throw new UserFault(`wrangler ended with exit code ${status}`)
  if (build.plan.site.admin.enabled) makeBootstrapSecret(flags)
}

/**
 * The way to the first admin: a secret that dies with its first use. It is made once and told to a terminal alone;
 * without one it must be given, as nobody would know it.
 */
function makeBootstrapSecret(flags: DeployFlags): void {
  const given = process.env[BOOTSTRAP] ?? ''
  const isKnown = given !== '' || process.stdout.isTTY
  if (flags.dryRun === true) {
    console.error(
      `note: the secret ${BOOTSTRAP} would be made, unless there is one, and shown once`,
    )
    return
  }
  if (secretNames(flags).includes(BOOTSTRAP)) return
  const put = ['secret', 'put', BOOTSTRAP, ...target(flags)]
  if (!isKnown) {
    console.error(`note: nobody can become the first admin yet; run: npx wrangler ${put.join(' ')}`)
    return
  }
  const token = given === '' ? makeBootstrapToken() : given
  const { status } = wrangler(put, { output: 'pipe', input: token })
  if (status !== 0) throw new UserFault(`wrangler could not make the secret ${BOOTSTRAP}`)
  console.log(given === '' ? bootstrapText(GATEWAY_URL, token) : `made the secret ${BOOTSTRAP}`)
}

/** wrangler has just printed the address. */
const GATEWAY_URL = 'https://<the address above>'

/** Variables and binding names of the chosen environment; wrangler does not inherit either. */
function environmentOf({ env }: DeployFlags) {
  const whole = readWrangler()
  if (env !== undefined && whole.env[env] === undefined) {
    throw new UserFault(`wrangler.toml has no environment ${env}`)
  }
  const { vars, services, vpc_services, mtls_certificates } =
    env === undefined ? whole : (whole.env[env] ?? whole)
  const bindings = [...services, ...vpc_services, ...mtls_certificates]
  return { vars, bindings: bindings.map(({ binding }) => binding) }
}

const unreachable = ({ plan }: Build, known: NodeJS.Dict<string>): readonly string[] =>
  unreachableFromEdge(plan, (name) => known[name]).map(
    ({ user, origin, why }) => `${user}: the edge cannot reach ${origin}, ${why}`,
  )

/** Upstreams that call through a binding which the Worker will not have. */
const undeclared = ({ plan }: Build, bindings: readonly string[]): readonly string[] =>
  Object.values(plan.unfilled?.system.upstreams ?? plan.site.upstreams).flatMap(({ binding }) =>
    binding === undefined || bindings.includes(binding)
      ? []
      : [`binding ${binding} of an upstream is not declared in wrangler.toml`],
  )

function refuse(reasons: readonly string[]): void {
  if (reasons.length === 0) return
  throw new UserFault(
    `this configuration cannot run at the edge\n${reasons.join('\n')}\n` +
      'Use public names, or give the upstream a `binding` (Workers VPC, a service) that wrangler.toml declares.',
  )
}

/** Names the Worker will look for in vain: without them it answers 503 and `/__health` says which. */
function unbound({ plan, references }: Build, bound: readonly string[]): readonly string[] {
  const needed = references.filter(({ hasDefault }) => !hasDefault).map(({ name }) => name)
  const own = plan.site.metricsArePublic ? [] : ['METRICS_TOKEN']
  return [...new Set([...needed, ...own])].filter((name) => !bound.includes(name))
}

/** What Cloudflare holds already; a Worker that is not there yet has no secrets. */
function secretNames(flags: DeployFlags): readonly string[] {
  if (flags.dryRun === true) return []
  const listed = wrangler(['secret', 'list', '--format', 'json', ...target(flags)], {
    output: 'pipe',
  })
  if (listed.status !== 0) return []
  return (JSON.parse(listed.stdout) as { name: string }[]).map(({ name }) => name)
}

const target = ({ out, env }: DeployFlags): readonly string[] => [
  '--config',
  join(out, 'wrangler.json'),
  ...(env === undefined ? [] : ['--env', env]),
]

interface Running {
  readonly output: 'inherit' | 'pipe'
  /** For its stdin; our own otherwise. */
  readonly input?: string
}

function wrangler(args: readonly string[], { output, input }: Running) {
  const manifest = createRequire(import.meta.url).resolve('wrangler/package.json')
  return spawnSync(process.execPath, [join(dirname(manifest), 'bin/wrangler.js'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    ...(input !== undefined && { input }),
    stdio: [
      input === undefined ? 'inherit' : 'pipe',
      output,
      output === 'pipe' ? 'ignore' : 'inherit',
    ],
  })
}
