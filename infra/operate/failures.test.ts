import { expect, test } from 'vitest'
import { errorsOf, failuresOf, refusalOf } from './failures.ts'
import { Refusal } from './report.ts'

/** As the Automation API prints what a command came to. */
const said = (stderr: string, code = 255) =>
  new Error(`code: ${code}\n stdout: \n stderr: ${stderr}\n err?: \n`)

test.each<[string, string, number, string]>([
  [
    'a wrong passphrase',
    'error: constructing secrets manager: incorrect passphrase',
    1,
    'constructing secrets manager: incorrect passphrase',
  ],
  [
    'a lock that came in between',
    'error: the stack is currently locked by 1 lock(s). Either wait',
    1,
    'the stack is currently locked by 1 lock(s). Either wait',
  ],
  ['anything else', 'warning: x\nerror: no such bucket', 2, 'no such bucket'],
])('an engine that cannot open a stack for %s tells it in a line', (_, stderr, exit, line) => {
  expect(refusalOf(said(stderr))).toMatchObject({ errors: [line], exit })
})

test('a refusal stays what it is', () => {
  const refusal = new Refusal(['a'], 5)
  expect(refusalOf(refusal)).toBe(refusal)
})

test('an engine that was killed is told as that, without its command line', () => {
  const failures = failuresOf([], said('Command was killed with SIGKILL: pulumi up --yes', -2))
  expect([...failures.values()].flat()).toEqual([
    'The engine was ended by SIGKILL. Type the same command again: it finishes the work.',
  ])
})

test('a removal tells how it is done without a gateway that is away, and only then', () => {
  const failures = new Map([['cb-spider', ['it failed']]])
  expect(errorsOf(failures, 3)).toEqual(['it failed'])
  expect(errorsOf(failures, 5)).toEqual([
    'it failed',
    expect.stringContaining('"down --without-gateway"'),
  ])
})
