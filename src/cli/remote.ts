import { InvalidArgumentError, Option } from 'commander'
import { Unreachable, type Answer } from '../client/ask.ts'
import { type AdminClient, createAdminClient } from '../client/client.ts'
import type { Problem } from '../client/types.ts'
import { printDiagnostic } from '../config/diagnostics.ts'
import type { Result } from '../lib/result.ts'
import { readCredential } from './credentials.ts'
import { UserFault } from './fault.ts'

/** `--url`, the same for every verb that talks to a gateway. */
export const urlOption = (): Option =>
  new Option('--url <url>', 'the gateway; CB_BRIDGE_URL when absent')
    .env('CB_BRIDGE_URL')
    .default('http://127.0.0.1:8000')
    .argParser(parseUrl)

/** `--url` of verbs that read files unless they are told to ask a gateway. */
export const gatewayOption = (meaning: string): Option =>
  new Option('--url <url>', meaning).argParser(parseUrl)

/** `--yes`, without which nothing changes unless somebody says so on a terminal. */
export const yesOption = (): Option => new Option('--yes', 'change without asking, for programs')

/** What help says about how a verb gets in. */
export const ACCESS =
  '\nThe token is CB_BRIDGE_TOKEN, or what `cb-bridge login` has kept for that gateway.\n'

function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('Write it like https://gateway.example.com.')
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidArgumentError('Credentials do not belong there: use CB_BRIDGE_TOKEN or login.')
  }
  return (url.origin + url.pathname).replace(/\/+$/, '')
}

/** A client of the gateway at `url` with the token that is at hand; without one the gateway will say so. */
export function connect(url: string): AdminClient {
  const given = process.env['CB_BRIDGE_TOKEN']
  const token = given === undefined || given === '' ? readCredential(url)?.token : given
  return createAdminClient({ url, ...(token !== undefined && { token }) })
}

/**
 * What the gateway answered.
 *
 * @throws UserFault with everything that it said when it refused, or when it cannot be reached.
 */
export async function must<T>(reply: Promise<Result<Answer<T>, Problem>>): Promise<Answer<T>> {
  const result = await reach(reply)
  if (result.ok) return result.value
  throw new UserFault(printProblem(result.error))
}

/** The same where a refusal is a result too. */
export async function reach<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply
  } catch (error) {
    if (error instanceof Unreachable) throw new UserFault(error.message)
    throw error
  }
}

function printProblem(problem: Problem): string {
  const { status, detail, diagnostics = [], errors = [], routes = [] } = problem
  const hint = status === 401 ? ['Log in with `cb-bridge login`, or set CB_BRIDGE_TOKEN.'] : []
  return [
    detail,
    ...hint,
    ...diagnostics.map(printDiagnostic),
    ...errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)),
    ...routes.map(({ method, path, file }) => `  ${method} ${path} (${file})`),
  ].join('\n')
}
