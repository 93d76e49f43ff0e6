import { describe, expect, it } from 'vitest'
import { runCli, temporaryDirectory, writeFiles } from './cli.ts'

const SECRET = 'MARKER-secret-of-the-tests'
const env = { ACCESS_KEY: SECRET }
const WITH_KEY = ['--key-env', 'ACCESS_KEY']

/** Runs `cb-bridge token ...`; whatever comes out, the key is not in it. */
async function token(args: readonly string[], options: Parameters<typeof runCli>[1] = { env }) {
  const ran = await runCli(['token', ...args], options)
  expect(ran.stdout + ran.stderr).not.toContain(SECRET)
  expect(ran.stderr).not.toMatch(/\n\s+at |\.ts\b/)
  return ran
}

const make = async (...args: readonly string[]) => {
  const { code, stdout } = await token(['make', '--id', 'alice', ...WITH_KEY, ...args])
  expect(code).toBe(0)
  return stdout.trim()
}

/** Another byte of the digest. */
const forge = (made: string) => (made.startsWith('0') ? '1' : '0') + made.slice(1)

const hexOf = (text: string) => Buffer.from(text).toString('hex')
/** A token that nobody has signed. */
const unsigned = (said: string) => '00'.repeat(32) + hexOf(`||${said}`)

describe('cb-bridge token make', { timeout: 60_000 }, () => {
  it('prints one line that mw-auth takes, and nothing else', async () => {
    const { code, stdout, stderr } = await token(['make', '--id', 'alice', ...WITH_KEY])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^[0-9a-f]+\n$/)
    const shown = await token(['show', stdout.trim(), ...WITH_KEY, '--json'])
    expect(shown.code).toBe(0)
    expect(JSON.parse(shown.stdout)).toMatchObject({
      accessId: 'alice',
      duration: '5m',
      state: 'good',
    })
  })

  it('takes the key from .dev.vars and from standard input as from the environment', async () => {
    const cwd = temporaryDirectory()
    writeFiles(cwd, { '.dev.vars': `ACCESS_KEY=${SECRET}\n` })
    const made = [
      await token(['make', '--id', 'bob', ...WITH_KEY], { cwd }),
      await token(['make', '--id', 'bob', '--key-stdin'], { input: `${SECRET}\r\n` }),
    ]
    for (const { code, stdout } of made) {
      expect(code).toBe(0)
      expect((await token(['show', stdout.trim(), ...WITH_KEY])).code).toBe(0)
    }
  })

  it.each([
    ['no key', ['--id', 'alice'], '--key-env'],
    ['a variable that is not set', ['--id', 'alice', '--key-env', 'NO_SUCH_KEY'], 'NO_SUCH_KEY'],
    ['no id', WITH_KEY, '--id'],
    ['an empty id', ['--id', '', ...WITH_KEY], 'access id'],
    ['an id with a bar', ['--id', 'a|b', ...WITH_KEY], '"|"'],
    ['no duration', ['--id', 'a', '--for', 'soon', ...WITH_KEY], '5m or 1h30m'],
    ['a time that is over', ['--id', 'a', '--for', '-5m', ...WITH_KEY], '5m or 1h30m'],
    ['two keys', ['--id', 'a', '--key-stdin', ...WITH_KEY], 'cannot be used with'],
  ])('with %s says what to do, and makes none', async (_, args, said) => {
    const { code, stdout, stderr } = await token(['make', ...args])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(said)
  })

  it('with an empty key makes none', async () => {
    const { code, stdout, stderr } = await token(['make', '--id', 'a', '--key-stdin'], {
      input: '\n',
    })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toBe('error: standard input holds no key\n')
  })
})

describe('cb-bridge token show', { timeout: 60_000 }, () => {
  it('without the key tells what a token says, and that nobody has looked at its signature', async () => {
    const made = await make('--for', '1h30m')
    const { code, stdout } = await token(['show', `Bearer ${made}`])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^access id +"alice"$/m)
    expect(stdout).toMatch(/^good for +1h30m, until 20\d\d-/m)
    expect(stdout).toMatch(/^state +not verified/m)
  })

  it('with the key tells a good one', async () => {
    const { code, stdout } = await token(['show', await make(), ...WITH_KEY])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^state +good$/m)
  })

  it('tells a forged one, and one of another key', async () => {
    const made = await make()
    for (const [given, key] of [
      [forge(made), SECRET],
      [made.slice(0, 64) + hexOf('||Tue Jul 13 04:30:50 UTC 2099|5m|root'), SECRET],
      [made, 'another key'],
    ] as const) {
      const { code, stdout } = await token(['show', given, '--key-stdin'], { input: key })
      expect(code).toBe(1)
      expect(stdout).toMatch(/^state +refused: not signed with this key/m)
    }
  })

  it('tells one that has expired', async () => {
    const made = await make('--for', '1ms')
    const { code, stdout } = await token(['show', made, ...WITH_KEY])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^state +refused: it has expired$/m)
    const { stdout: json } = await token(['show', made, ...WITH_KEY, '--json'])
    expect(JSON.parse(json)).toMatchObject({ state: 'expired' })
  })

  it('prints what is in a token as it cannot do harm to a terminal', async () => {
    const said = 'Tue Jul 13 04:30:50 UTC 2021|5m|a\u001B[31m\nstate      good'
    const { stdout } = await token(['show', unsigned(said)])
    expect(stdout).not.toContain('\u001B')
    expect(stdout.match(/^state/gm)).toHaveLength(1)
    const inDates = `Tue\u001B[2J\nstate      good|5m\u001B[31m|a`
    const shown = await token(['show', unsigned(inDates), ...WITH_KEY])
    expect(shown.code).toBe(1)
    expect(shown.stdout).not.toContain('\u001B')
    expect(shown.stdout.match(/^state/gm)).toHaveLength(1)
  })

  it.each([
    ['nothing', ''],
    ['no hexadecimal digits', 'Bearer not hex'],
    ['an odd number of them', 'abc'],
    ['a digest and nothing else', '00'.repeat(32)],
    ['one part', unsigned('only one part')],
    ['no UTF-8', '00'.repeat(32) + 'ff'.repeat(20)],
    ['another kind of token', 'eyJhbGciOiJub25lIn0.e30.'],
  ])('says of %s that it is no token', async (_, given) => {
    expect(await token(['show', given, ...WITH_KEY])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: this is no token of mw-auth\n',
    })
  })

  it('that asks for a variable nobody has set shows nothing', async () => {
    const { code, stdout, stderr } = await token(['show', await make(), '--key-env', 'NO_SUCH_KEY'])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('NO_SUCH_KEY')
  })
})

it('the two commands are explained with an example', async () => {
  for (const verb of ['make', 'show']) {
    const { code, stdout } = await token([verb, '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain(`$ npx cb-bridge token ${verb}`)
  }
})
