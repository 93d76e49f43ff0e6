import { text } from 'node:stream/consumers'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../lib/duration.ts'
import {
  importSecret,
  judgeToken,
  makeToken,
  parseToken,
  type SecretKey,
  type Token,
  type TokenState,
  validity,
} from '../policies/auth-hmac/token.ts'
import { UserFault } from './fault.ts'
import { createLookup } from './values.ts'

interface KeyFlags {
  readonly keyEnv?: string
  readonly keyStdin?: boolean
}

interface MakeFlags extends KeyFlags {
  readonly id: string
  readonly for: string
}

interface ShowFlags extends KeyFlags {
  readonly json?: boolean
}

/** `cb-bridge token`: the tokens that `mw-auth` lets in. */
export function addToken(program: Command): void {
  const token = program.command('token').description('make and explain the tokens of mw-auth')
  token
    .command('make')
    .description('print a new token')
    .requiredOption('--id <access id>', 'whose token it is; one of access_ids', parseId)
    .option('--for <duration>', 'how long it is good, e.g. 5m or 1h30m', parseLifetime, '5m')
    .addOption(keyEnv())
    .addOption(keyStdin())
    .addHelpText(
      'after',
      '\nExample:\n  $ npx cb-bridge token make --id alice --key-env ACCESS_KEY',
    )
    .action(make)
  token
    .command('show')
    .description('tell what a token says and, with the key, whether it is good')
    .argument('<token>', 'the token; a "Bearer " before it does not matter')
    .addOption(keyEnv())
    .addOption(keyStdin())
    .option('--json', 'print it as JSON')
    .addHelpText('after', SHOW_HELP)
    .action(show)
}

const SHOW_HELP = `
Example:
  $ npx cb-bridge token show 846dd4... --key-env ACCESS_KEY

Exit code 1 when the token is not good.`

const keyEnv = () =>
  new Option('--key-env <name>', 'variable (or line of .dev.vars) that holds the secure_key')
const keyStdin = () =>
  new Option('--key-stdin', 'read the secure_key from standard input').conflicts('keyEnv')

async function make({ id, for: duration, ...flags }: MakeFlags): Promise<void> {
  const key = await readKey(flags)
  if (key === undefined) {
    throw new UserFault('the key is needed: name its variable with --key-env, or use --key-stdin')
  }
  console.log(await makeToken(key, { accessId: id, duration, madeAtMs: Date.now() }))
}

async function show(given: string, { json = false, ...flags }: ShowFlags): Promise<void> {
  const token = parseToken(given.trim().replace(/^bearer +/i, ''))
  if (token === undefined) throw new UserFault('this is no token of mw-auth')
  const key = await readKey(flags)
  const now = Date.now()
  const state = key === undefined ? undefined : await judgeToken(key, token, now)
  console.log(json ? printJson(token, state) : printText(token, state))
  if (state !== undefined && state !== 'good') process.exitCode = 1
}

/** Undefined when no key is given at all. Never from an argument: other users of the machine see those. */
async function readKey({ keyEnv: name, keyStdin }: KeyFlags): Promise<SecretKey | undefined> {
  if (name === undefined && keyStdin !== true) return undefined
  const secret =
    name === undefined ? (await text(process.stdin)).replace(/\r?\n$/, '') : createLookup('.')(name)
  const key = secret === undefined ? undefined : await importSecret(secret)
  if (key !== undefined) return key
  throw new UserFault(`${name ?? 'standard input'} holds no key`)
}

const MEANINGS: Readonly<Record<TokenState, string>> = {
  good: 'good',
  forged: 'refused: not signed with this key, or its times are no times',
  expired: 'refused: it has expired',
  premature: 'refused: it was made in the future; compare the clocks',
}

function printText(token: Token, state: TokenState | undefined): string {
  const period = validity(token)
  const until = period === undefined ? 'never' : isoTime(period.untilMs)
  return [
    `access id  ${printable(JSON.stringify(token.accessId))}`,
    `made at    ${printable(token.timestamp)}`,
    `good for   ${printable(token.duration)}, until ${until}`,
    `state      ${state === undefined ? 'not verified; give the key with --key-env' : MEANINGS[state]}`,
  ].join('\n')
}

/** Whoever sent the token may have written what moves a terminal's cursor, or lines that look like ours. */
const printable = (text: string): string =>
  text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  )

function printJson(token: Token, state: TokenState | undefined): string {
  const { accessId, timestamp, duration } = token
  const period = validity(token)
  const until = period === undefined ? null : isoTime(period.untilMs)
  return JSON.stringify({ accessId, timestamp, duration, until, state: state ?? 'not verified' })
}

const isoTime = (ms: number): string =>
  Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : 'the end of time'

function parseId(id: string): string {
  // The original reads an id only as far as a bar, and the header is one line.
  if (id !== '' && !/[|\p{Cc}]/u.test(id)) return id
  throw new InvalidArgumentError('An access id holds no "|" and no control characters.')
}

function parseLifetime(duration: string): string {
  const ms = parseDuration(duration)
  if (ms !== undefined && ms > 0) return duration
  throw new InvalidArgumentError('Not a duration such as 5m or 1h30m.')
}
