import { SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import type { Store } from '../../../src/ports.ts'
import { BOOTSTRAP, createStage, ensureAdmin, PASSWORD, signIn, type Stage } from './stage.ts'

const admin = { user: 'root', password: PASSWORD }

describe('the bootstrap token', () => {
  test('makes the first admin, who can sign in', async () => {
    const stage = await createStage()
    const made = await ensureAdmin(stage)
    expect(made.status).toBe(201)
    expect(await made.json()).toMatchObject({ name: 'root', role: 'admin' })
    const token = await signIn(stage, 'root')
    const me = await stage.ask('GET', '/session', { token })
    expect(await me.json()).toMatchObject({ user: 'root', role: 'admin', credential: 'session' })
  })

  test('is dead after its first use', async () => {
    const stage = await createStage()
    await ensureAdmin(stage)
    const again = await stage.ask('POST', '/bootstrap', {
      token: BOOTSTRAP,
      body: { user: 'mallory', password: PASSWORD },
    })
    expect(again.status).toBe(401)
    expect(
      (await stage.ask('POST', '/session', { body: { ...admin, user: 'mallory' } })).status,
    ).toBe(401)
  })

  test('works once for one of ten that use it at the same time', async () => {
    const stage = await createStage()
    const names = Array.from({ length: 10 }, (_, index) => `user-${index}`)
    const answers = await Promise.all(
      names.map((user) =>
        stage.ask('POST', '/bootstrap', { token: BOOTSTRAP, body: { user, password: PASSWORD } }),
      ),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    const keys = await stage.store.list({ prefix: '/restapigw/users/', limit: 10 })
    expect(keys).toHaveLength(1)
  })

  test.each(['', 'wrong', `${BOOTSTRAP}x`, BOOTSTRAP.slice(0, -1), BOOTSTRAP.toLowerCase()])(
    'is not %j',
    async (token) => {
      const stage = await createStage()
      const answer = await stage.ask('POST', '/bootstrap', { token, body: admin })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
    },
  )

  test('does not exist where none is set, not even as an empty text', async () => {
    for (const bootstrapSecret of [undefined, '']) {
      const stage = await createStage({ bootstrapSecret })
      for (const token of ['', 'undefined', 'null']) {
        expect((await stage.ask('POST', '/bootstrap', { token, body: admin })).status).toBe(401)
      }
    }
  })
})

const HOUR_MS = 3_600_000

/** Whether a session or token opens anything. */
const isGood = async (stage: Stage, token: string): Promise<boolean> => {
  const { status } = await stage.ask('GET', '/session', { token })
  expect([200, 401]).toContain(status)
  return status === 200
}

describe('a session', () => {
  test('ends after an hour', async () => {
    const stage = await createStage()
    const token = await stage.signedIn('viewer')
    stage.now += HOUR_MS - 2000
    expect(await isGood(stage, token)).toBe(true)
    stage.now += 2000
    expect(await isGood(stage, token)).toBe(false)
  })

  test('is dead after signing out, while others of the user live', async () => {
    const stage = await createStage()
    const token = await stage.signedIn('viewer')
    const other = await signIn(stage, 'a-viewer')
    expect((await stage.ask('DELETE', '/session', { token })).status).toBe(204)
    expect([await isGood(stage, token), await isGood(stage, other)]).toEqual([false, true])
  })

  test('cannot be forged', async () => {
    const stage = await createStage()
    const good = await stage.signedIn('admin')
    const [head = '', body = '', signature = ''] = good.split('.')
    const claims = JSON.parse(atob(body.replaceAll('-', '+').replaceAll('_', '/'))) as object
    const encode = (data: object) => btoa(JSON.stringify(data)).replaceAll('=', '')
    const header = { alg: 'HS256', typ: 'cb-bridge-session+jwt' }
    const sign = (key: string, head: { alg: string; typ?: string }) =>
      new SignJWT({ ...claims })
        .setProtectedHeader(head)
        .sign(new TextEncoder().encode(key.padEnd(64)))
    const forged = {
      'another key': await sign('k', header),
      'an empty key': await sign('', header),
      'another algorithm': await sign('k', { ...header, alg: 'HS512' }),
      'no algorithm': new UnsecuredJWT({ ...claims }).encode(),
      'none with our signature': `${encode({ ...header, alg: 'none' })}.${body}.${signature}`,
      'no signature': `${head}.${body}.`,
      'a longer life': `${head}.${encode({ ...claims, exp: 9_999_999_999 })}.${signature}`,
      'another user': `${head}.${encode({ ...claims, sub: 'root' })}.${signature}`,
      'another type': `${encode({ alg: 'HS256' })}.${body}.${signature}`,
      'a key inside': `${encode({ ...header, jwk: { kty: 'oct', k: '' } })}.${body}.${signature}`,
      'no token at all': 'x.y.z',
      'an empty text': '..',
    }
    for (const [how, token] of Object.entries(forged)) {
      const answer = await stage.ask('GET', '/session', { token })
      expect([how, answer.status]).toEqual([how, 401])
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
    }
    expect(await isGood(stage, good)).toBe(true)
  })

  test('of another type that the same key has signed is none', async () => {
    const stage = await createStage()
    const good = await stage.signedIn('admin')
    const [entry] = await stage.store.get(['/restapigw/sessions/key'])
    const key = Uint8Array.from(
      atob((entry?.value ?? '').replaceAll('-', '+').replaceAll('_', '/')),
      (c) => c.charCodeAt(0),
    )
    const claims = JSON.parse(
      atob((good.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')),
    ) as object
    const sign = (typ: string) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256', typ }).sign(key)
    expect(await isGood(stage, await sign('cb-bridge-session+jwt'))).toBe(true)
    expect(await isGood(stage, await sign('JWT'))).toBe(false)
  })
})

describe('an API token', () => {
  const make = async (stage: Stage, token: string, body: object) => {
    const answer = await stage.ask('POST', '/tokens', { token, body })
    expect(answer.status, await answer.clone().text()).toBe(201)
    return answer.json<{ id: string; token: string; expires: string | null }>()
  }

  test('opens the API, is shown once, and its secret is stored nowhere', async () => {
    const stage = await createStage()
    const session = await stage.signedIn('editor')
    const { token, id } = await make(stage, session, { name: 'ci', role: 'editor' })
    expect(await isGood(stage, token)).toBe(true)
    const listed = await (await stage.ask('GET', '/tokens', { token: session })).text()
    expect(listed).toContain(id)
    const stored = await stage.store.list({ prefix: '', limit: 1000 })
    const secret = token.split('_').slice(2).join('_')
    expect(secret).toHaveLength(43)
    for (const text of [
      listed,
      JSON.stringify(stored),
      JSON.stringify(await stage.audit()),
      stage.log.join(),
    ]) {
      expect(text).not.toContain(secret)
    }
  })

  test('ends when it says, 90 days from now by default', async () => {
    const stage = await createStage()
    const session = await stage.signedIn('viewer')
    const soon = new Date(stage.now + 1000).toISOString()
    const short = await make(stage, session, { name: 'short', role: 'viewer', expires: soon })
    const usual = await make(stage, session, { name: 'usual', role: 'viewer' })
    const endless = await make(stage, session, { name: 'endless', role: 'viewer', expires: null })
    expect(short.expires).toBe(soon)
    stage.now += 1000
    expect(await isGood(stage, short.token)).toBe(false)
    stage.now += 90 * 24 * HOUR_MS
    expect(await isGood(stage, usual.token)).toBe(false)
    expect(await isGood(stage, endless.token)).toBe(true)
  })

  test('of the past, or of a role beyond the own, is refused', async () => {
    const stage = await createStage()
    const session = await stage.signedIn('editor')
    const ask = async (body: object) =>
      (await stage.ask('POST', '/tokens', { token: session, body })).status
    expect(await ask({ name: 'x', role: 'editor', expires: '2020-01-01T00:00:00Z' })).toBe(400)
    expect(await ask({ name: 'x', role: 'admin' })).toBe(403)
    expect(await ask({ name: 'x', role: 'root' })).toBe(400)
  })

  test('made with a token does not outlive it', async () => {
    const stage = await createStage()
    const session = await stage.signedIn('admin')
    const expires = new Date(stage.now + 5000).toISOString()
    const parent = await make(stage, session, { name: 'parent', role: 'admin', expires })
    const child = await make(stage, parent.token, { name: 'child', role: 'admin', expires: null })
    expect(child.expires).toBe(expires)
  })

  test('is dead once deleted; nobody deletes those of others but admins', async () => {
    const stage = await createStage()
    const [editor, viewer, root] = [
      await stage.signedIn('editor'),
      await stage.signedIn('viewer'),
      await stage.signedIn('admin'),
    ]
    const one = await make(stage, editor, { name: 'one', role: 'viewer' })
    const two = await make(stage, editor, { name: 'two', role: 'viewer' })
    const remove = async (id: string, token: string) =>
      (await stage.ask('DELETE', `/tokens/${id}`, { token })).status
    expect(await remove(one.id, viewer)).toBe(404)
    expect(await remove(one.id, editor)).toBe(204)
    expect(await remove(two.id, root)).toBe(204)
    expect([await isGood(stage, one.token), await isGood(stage, two.token)]).toEqual([false, false])
    expect(await remove(one.id, editor)).toBe(404)
  })

  test.each(['cbb_', 'cbb_0000000000000000_', `cbb_${'0'.repeat(16)}_${'A'.repeat(43)}`])(
    'is not %s',
    async (token) => expect(await isGood(await createStage(), token)).toBe(false),
  )

  test('with the id of another and a secret of its own is none', async () => {
    const stage = await createStage()
    const session = await stage.signedIn('viewer')
    const one = await make(stage, session, { name: 'one', role: 'viewer' })
    const two = await make(stage, session, { name: 'two', role: 'viewer' })
    const mixed = one.token.slice(0, 21) + two.token.slice(21)
    expect(await isGood(stage, mixed)).toBe(false)
  })
})

describe('a user', () => {
  const withToken = async (stage: Stage) => {
    const session = await stage.signedIn('editor')
    const answer = await stage.ask('POST', '/tokens', {
      token: session,
      body: { name: 'ci', role: 'editor' },
    })
    return { session, token: (await answer.json<{ token: string }>()).token }
  }

  test('who is removed can do nothing any more, at once', async () => {
    const stage = await createStage()
    const { session, token } = await withToken(stage)
    const root = await signIn(stage, 'root')
    expect((await stage.ask('DELETE', '/users/a-editor', { token: root })).status).toBe(204)
    expect([await isGood(stage, session), await isGood(stage, token)]).toEqual([false, false])
    const again = { name: 'a-editor', role: 'editor', password: PASSWORD }
    await stage.ask('POST', '/users', { token: root, body: again })
    expect([await isGood(stage, session), await isGood(stage, token)]).toEqual([false, false])
  })

  test('who changes the password keeps one new session and nothing older', async () => {
    const stage = await createStage()
    const { session, token } = await withToken(stage)
    const body = { current: PASSWORD, password: 'another one entirely' }
    const wrong = { ...body, current: 'not that one' }
    expect(
      (await stage.ask('PUT', '/session/password', { token: session, body: wrong })).status,
    ).toBe(403)
    const changed = await stage.ask('PUT', '/session/password', { token: session, body })
    const fresh = await changed.json<{ token: string }>()
    expect([await isGood(stage, session), await isGood(stage, token)]).toEqual([false, false])
    expect(await isGood(stage, fresh.token)).toBe(true)
    await signIn(stage, 'a-editor', body.password)
  })

  test('who gets a smaller role loses tokens that are beyond it', async () => {
    const stage = await createStage()
    const { session, token } = await withToken(stage)
    const root = await signIn(stage, 'root')
    const body = { role: 'viewer' }
    await stage.ask('PATCH', '/users/a-editor', { token: root, body })
    const me = await stage.ask('GET', '/session', { token: session })
    expect(await me.json()).toMatchObject({ role: 'viewer' })
    expect(await isGood(stage, token)).toBe(false)
  })

  test('is changed only as it was seen, if the change says so', async () => {
    const stage = await createStage()
    await stage.signedIn('editor')
    const root = await signIn(stage, 'root')
    const tag =
      (await stage.ask('GET', '/users/a-editor', { token: root })).headers.get('etag') ?? ''
    const change = async (role: string) => {
      const ask = { token: root, body: { role }, headers: { 'if-match': tag } }
      return (await stage.ask('PATCH', '/users/a-editor', ask)).status
    }
    expect([await change('viewer'), await change('editor')]).toEqual([200, 412])
  })

  test('is an admin as long as there is no other: the last one stays', async () => {
    const stage = await createStage()
    await ensureAdmin(stage)
    const root = await signIn(stage, 'root')
    const demote = { token: root, body: { role: 'viewer' } }
    expect((await stage.ask('DELETE', '/users/root', { token: root })).status).toBe(409)
    expect((await stage.ask('PATCH', '/users/root', demote)).status).toBe(409)
  })

  test('and another admin who remove each other at once do not both succeed', async () => {
    const stage = await createStage()
    const other = await stage.signedIn('admin')
    const root = await signIn(stage, 'root')
    const answers = await Promise.all([
      stage.ask('DELETE', '/users/root', { token: other }),
      stage.ask('DELETE', '/users/a-admin', { token: root }),
    ])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204, 409]))
  })

  test('has a name that is free and fit, and a password of some length', async () => {
    const stage = await createStage()
    await ensureAdmin(stage)
    const token = await signIn(stage, 'root')
    const make = async (name: string, password = PASSWORD) => {
      const answer = await stage.ask('POST', '/users', {
        token,
        body: { name, password, role: 'viewer' },
      })
      return answer.status
    }
    expect(await make('root')).toBe(409)
    for (const name of ['', '../x', 'a/b', 'a b', '-x', 'x'.repeat(65), 'ä']) {
      expect([name, await make(name)]).toEqual([name, 400])
    }
    expect(await make('short', '1234567')).toBe(400)
  })

  test('of the system file signs in with the hash there, and is not changed here', async () => {
    const hash = `$scrypt$ln=14,r=8,p=5$${'A'.repeat(22)}$`
    const stage = await createStage()
    const { accounts } = stage.host
    const salt = new Uint8Array(16)
    const bytes = await accounts.scrypt(PASSWORD, salt, { ln: 14, r: 8, p: 5 })
    const text =
      hash +
      btoa(String.fromCharCode(...bytes))
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .replaceAll('=', '')
    let users: Record<string, string> = { filed: text }
    const filed = await createStage({ accounts: { ...accounts, configured: () => users } })
    const token = await signIn(filed, 'filed')
    const me = await filed.ask('GET', '/session', { token })
    expect(await me.json()).toMatchObject({ user: 'filed', role: 'admin' })
    expect((await filed.ask('DELETE', '/users/filed', { token })).status).toBe(409)
    const made = await filed.ask('POST', '/tokens', { token, body: { name: 'x', role: 'viewer' } })
    const api = (await made.json<{ token: string }>()).token
    expect(await isGood(filed, api)).toBe(true)
    users = {}
    expect([await isGood(filed, token), await isGood(filed, api)]).toEqual([false, false])
  })
})

describe('the store', () => {
  test('that does not answer is 503, not a refusal', async () => {
    const stage = await createStage({ store: createDead() })
    for (const [method, path] of [
      ['GET', '/session'],
      ['GET', '/users'],
    ] as const) {
      const token = `cbb_${'0'.repeat(16)}_${'A'.repeat(43)}`
      const answer = await stage.ask(method, path, { token })
      expect(answer.status).toBe(503)
      expect(await answer.json()).toMatchObject({ title: 'Store unavailable' })
    }
  })
})

function createDead(): Store {
  const fail = async () => {
    throw new Error('connection refused to 10.0.0.1')
  }
  return { get: fail, list: fail, commit: fail }
}
