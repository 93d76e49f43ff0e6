import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashPassword, isPasswordHash, type Scrypt, verifyPassword } from '../lib/password-hash.ts'
import { scrypt } from './scrypt.ts'

test('a password belongs to its hash and no other does', async () => {
  const hash = await hashPassword('correct horse', scrypt)
  expect(await verifyPassword('correct horse', hash, scrypt)).toBe(true)
  expect(await verifyPassword('correct horsf', hash, scrypt)).toBe(false)
  expect(await verifyPassword('', hash, scrypt)).toBe(false)
})

test('the same password is never stored as the same text, and the text does not hold it', async () => {
  const [one, other] = [
    await hashPassword('hunter2', scrypt),
    await hashPassword('hunter2', scrypt),
  ]
  expect(one).not.toBe(other)
  expect(one).not.toContain('hunter2')
})

test('letters composed in another way are the same password', async () => {
  expect(await verifyPassword('cafe\u0301', await hashPassword('caf\u00e9', scrypt), scrypt)).toBe(
    true,
  )
})

test('a hash of another cost stays good: its parameters stand with it', async () => {
  const salt = new Uint8Array(16).fill(7)
  const hash = Buffer.from(await scrypt('old', salt, { ln: 10, r: 4, p: 1 })).toString('base64url')
  const stored = `$scrypt$ln=10,r=4,p=1$${Buffer.from(salt).toString('base64url')}$${hash}`
  expect(await verifyPassword('old', stored, scrypt)).toBe(true)
})

test.each([
  'admin',
  '',
  '$scrypt$ln=14,r=8,p=5$$',
  `$scrypt$ln=20,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`,
  `$scrypt$ln=16,r=16,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`,
  `$scrypt$ln=14,r=8,p=0$${'A'.repeat(22)}$${'A'.repeat(43)}`,
])('%j is no hash, and costs nothing to refuse', async (stored) => {
  const neverCalled: Scrypt = () => expect.unreachable()
  expect(isPasswordHash(stored)).toBe(false)
  expect(await verifyPassword(stored, stored, neverCalled)).toBe(false)
})

test('no stored text makes it throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async (text) => {
      expect(await verifyPassword('x', text, scrypt)).toBe(false)
    }),
  )
})
