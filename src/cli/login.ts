import { hostname } from 'node:os'
import type { Command } from 'commander'
import { createAdminClient } from '../client/client.ts'
import { credentialsFile, writeCredential } from './credentials.ts'
import { UserFault } from './fault.ts'
import { ask, askNewPassword, askSecret, isInteractive } from './prompt.ts'
import { must, reach, urlOption } from './remote.ts'

interface LoginFlags {
  readonly url: string
  readonly user?: string
  readonly bootstrap?: boolean
}

const LIFE_MS = 30 * 24 * 3_600_000

/** `cb-bridge login`: keeps a token for a gateway in the user's configuration directory. */
export function addLogin(program: Command): void {
  program
    .command('login')
    .description('sign in to a gateway and keep a token for it, for 30 days')
    .addOption(urlOption())
    .option('--user <name>', 'who; asked for when absent')
    .option(
      '--bootstrap',
      'make the first admin: CB_BRIDGE_BOOTSTRAP is the token, or it is asked for',
    )
    .addHelpText(
      'after',
      '\nThe password is asked for, or read from stdin.\n\nExamples:\n  $ npx cb-bridge login --url https://gateway.example.com --user alice\n  $ npx cb-bridge login --bootstrap --user alice',
    )
    .action(login)
}

async function login({ url, user: given, bootstrap }: LoginFlags): Promise<void> {
  if (given === undefined && !isInteractive()) {
    throw new UserFault('there is no terminal to ask on; use --user')
  }
  const user = given ?? (await ask('User: '))
  const password = bootstrap === true ? await makeAdmin(url, user) : await askSecret('Password: ')
  const session = await must(createAdminClient({ url }).signIn(user, password))
  const client = createAdminClient({ url, token: session.body.token })
  const { role } = (await must(client.whoAmI())).body
  const expires = new Date(Date.now() + LIFE_MS).toISOString()
  const made = await reach(
    client.createToken({ name: `cb-bridge login on ${hostname()}`, role, expires }),
  )
  if (made.ok) {
    const { id, token } = made.value.body
    writeCredential(url, { user, token, id })
  } else {
    // Not every role may make tokens; a session is better than nothing.
    writeCredential(url, { user, token: session.body.token })
  }
  const until = made.ok ? made.value.body.expires : session.body.expires
  console.log(`signed in to ${url} as ${user} (${role}) until ${until ?? 'revoked'}`)
  console.log(`kept in ${credentialsFile()}`)
}

async function makeAdmin(url: string, user: string): Promise<string> {
  const fromEnvironment = process.env['CB_BRIDGE_BOOTSTRAP']
  const token =
    fromEnvironment === undefined || fromEnvironment === ''
      ? await askSecret('Bootstrap token: ')
      : fromEnvironment
  const password = await askNewPassword()
  await must(createAdminClient({ url, token }).bootstrap(user, password))
  return password
}
