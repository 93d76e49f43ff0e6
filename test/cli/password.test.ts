import { describe, expect, it } from 'vitest'
import { scrypt } from '../../src/cli/scrypt.ts'
import { verifyPassword } from '../../src/lib/password-hash.ts'
import { runCli } from './cli.ts'

describe('cb-bridge password', () => {
  it('makes a hash of what comes in at stdin, and shows it nowhere else', async () => {
    const { code, stdout, stderr } = await runCli(['password'], { input: 'correct horse\r\nmore' })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).not.toContain('horse')
    expect(await verifyPassword('correct horse', stdout.trim(), scrypt)).toBe(true)
  })

  it('refuses a short password, and one on the command line', async () => {
    expect(await runCli(['password'], { input: 'short\n' })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'error: a password has at least 8 characters\n',
    })
    expect((await runCli(['password', 'correct horse'], { input: '' })).code).toBe(1)
  })
})
