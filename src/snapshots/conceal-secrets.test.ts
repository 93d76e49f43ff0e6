import { describe, expect, it } from 'vitest'
import { concealSecrets } from './conceal-secrets.ts'

describe('a file without its credentials', () => {
  it.each([
    ['password: hunter2 # keep', "password: '***' # keep"],
    ['password: "hunter2"', "password: '***'"],
    ['secure_key: "###KEY###"', "secure_key: '***'"],
    ['SecureKey: x', "SecureKey: '***'"],
    ['secret: |\n  hunter2\n  hunter3\nname: x', "secret: '***'\nname: x"],
    ['headers: {X-Api-Key: hunter2, X-Env: dev}', "headers: {X-Api-Key: '***', X-Env: dev}"],
    [
      'auth: {basic: {username: ada, password: hunter2}}',
      "auth: {basic: {username: ada, password: '***'}}",
    ],
    ['auth: {bearer: hunter2}', "auth: {bearer: '***'}"],
    [
      'auth: {header: {name: X-Key, value: hunter2}}',
      "auth: {header: {name: X-Key, value: '***'}}",
    ],
    ['basic: {users: {admin: hunter2, b: hunter3}}', "basic: {users: {admin: '***', b: '***'}}"],
    ['password: ${PASSWORD:-hunter2}', "password: '***'"],
    ['password: hunter2${PASSWORD}', "password: '***'"],
    ['pin: &pin hunter2\npassword: *pin', "pin: &pin '***'\npassword: *pin"],
    ['\uFEFFpassword: hunter2', "\uFEFFpassword: '***'"],
    ['a: é\r\npassword: hunter2\r\nb: 1', "a: é\r\npassword: '***'\r\nb: 1"],
  ])('%j', (text, expected) => {
    expect(concealSecrets(text)).toBe(expected)
    expect(concealSecrets(expected)).toBe(expected)
  })

  it.each([
    '# ask ada\nname:   x\ntimeout: 10s\n',
    'password: ${PASSWORD}',
    'authorization: "Bearer ${TOKEN}"',
    'password: ${FIRST}${SECOND}',
    'password: ${PASSWORD:-}',
    'token_timeout: 1h',
    'pass_authorization: false',
    'middleware: {mw-auth: {access_ids: [a, b]}}',
    'mapping: {password: p, token: t}',
    'keys: [ip, {cookie: session}, {header: X-Key}]',
    'whitelist: [users, auth]',
    'password:',
    '',
    '- {',
  ])('is left as it is where there is none: %j', (text) => {
    expect(concealSecrets(text)).toBe(text)
  })
})
