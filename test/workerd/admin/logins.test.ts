import { describe, expect, test } from 'vitest'
import { createStage, ensureAdmin, PASSWORD, signIn, type Stage } from './stage.ts'

const MINUTE_MS = 60_000

async function tryLogin(stage: Stage, from: string, password = 'a guess', user = 'root') {
  const answer = await stage.ask('POST', '/session', { body: { user, password }, from })
  return { status: answer.status, retryAfter: Number(answer.headers.get('retry-after') ?? 0) }
}

/** How many passwords an attacker gets to try in that time who knows exactly when to try again. */
async function countGuesses(
  stage: Stage,
  addresses: readonly string[],
  forMs: number,
  user = 'root',
) {
  const end = stage.now + forMs
  let guesses = 0
  for (let i = 0; stage.now < end; i++) {
    const from = addresses[i % addresses.length] ?? ''
    const { status, retryAfter } = await tryLogin(stage, from, `guess ${i}`, user)
    if (status === 401) guesses++
    stage.now += Math.max(100, retryAfter * 1000)
  }
  return guesses
}

describe('guessing passwords', () => {
  test('from one address is slow, and says when to try again', async () => {
    const stage = await createStage()
    await ensureAdmin(stage)
    expect(await countGuesses(stage, ['198.51.100.1'], 60 * MINUTE_MS)).toBeLessThan(25)
    await tryLogin(stage, '198.51.100.1')
    const locked = await tryLogin(stage, '198.51.100.1')
    expect(locked.status).toBe(429)
    expect(locked.retryAfter).toBeGreaterThan(0)
    expect(locked.retryAfter).toBeLessThanOrEqual(15 * 60)
  })

  test('from many addresses is no faster for one user', async () => {
    const stage = await createStage()
    await ensureAdmin(stage)
    const addresses = Array.from({ length: 200 }, (_, i) => `198.51.100.${i}`)
    expect(await countGuesses(stage, addresses, 60 * MINUTE_MS)).toBeLessThan(30)
  })

  test('from the addresses of one IPv6 network is guessing from one address', async () => {
    const stage = await createStage()
    await ensureAdmin(stage)
    const addresses = Array.from({ length: 50 }, (_, i) => `[2001:db8:0:1::${i.toString(16)}]`)
    let guesses = 0
    for (const from of addresses) {
      for (const user of ['root', 'a', 'b', 'c']) {
        if ((await tryLogin(stage, from, 'x', user)).status === 401) guesses++
      }
    }
    expect(guesses).toBe(10)
  })

  test('with a hundred requests at once gets no more tries than one after the other', async () => {
    const stage = await createStage()
    await ensureAdmin(stage)
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => tryLogin(stage, '198.51.100.1', `guess ${i}`)),
    )
    expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(5)
    expect(answers.every(({ status }) => [401, 429, 503].includes(status))).toBe(true)
  })

  test('is not forgotten when the gateway starts anew', async () => {
    const first = await createStage()
    await ensureAdmin(first)
    for (let i = 0; i < 5; i++) await tryLogin(first, '198.51.100.1')
    const second = await createStage({ store: first.store })
    expect((await tryLogin(second, '198.51.100.1')).status).toBe(429)
  })

  test('is not washed off by signing in as somebody else in between', async () => {
    const stage = await createStage()
    await stage.signedIn('viewer')
    let guesses = 0
    for (let i = 0; i < 60; i++) {
      if ((await tryLogin(stage, '198.51.100.9', `guess ${i}`, `user-${i}`)).status === 401)
        guesses++
      await tryLogin(stage, '198.51.100.9', PASSWORD, 'a-viewer')
      stage.now += 1000
    }
    expect(guesses).toBeLessThan(20)
  })

  test('tells nothing about which names exist: the same answers, the same locks', async () => {
    const stage = await createStage()
    await ensureAdmin(stage)
    const run = async (user: string, from: string) => {
      const seen = []
      for (let i = 0; i < 8; i++) {
        const answer = await stage.ask('POST', '/session', { body: { user, password: 'x' }, from })
        const { request_id: _, ...body } = await answer.json<Record<string, unknown>>()
        seen.push({ status: answer.status, body, retry: answer.headers.get('retry-after') })
      }
      return seen
    }
    expect(await run('root', '198.51.100.1')).toEqual(await run('nobody-here', '198.51.100.2'))
  })

  test('by a clock that steps back makes no lock longer, and by one that steps ahead loses the lock alone', async () => {
    const stage = await createStage()
    await ensureAdmin(stage)
    for (let i = 0; i < 12; i++) {
      await tryLogin(stage, '198.51.100.1')
      stage.now += 70_000
    }
    stage.now -= 24 * 60 * MINUTE_MS
    const { retryAfter } = await tryLogin(stage, '198.51.100.1')
    expect(retryAfter).toBeLessThanOrEqual(15 * 60)
  })
})

describe('whoever is attacked', () => {
  const attack = async (stage: Stage) => {
    for (let i = 0; i < 50; i++) await tryLogin(stage, `198.51.100.${i}`)
  }

  test('still signs in from an address from where it has worked before', async () => {
    const stage = await createStage()
    await ensureAdmin(stage)
    await signIn(stage, 'root')
    await attack(stage)
    expect((await tryLogin(stage, '192.0.2.1', PASSWORD)).status).toBe(429)
    await signIn(stage, 'root')
  })

  test('goes on working with sessions and API tokens', async () => {
    const stage = await createStage()
    await ensureAdmin(stage)
    const token = await signIn(stage, 'root')
    await attack(stage)
    expect((await stage.ask('GET', '/users', { token, from: '192.0.2.1' })).status).toBe(200)
  })

  test('is let in from anywhere a few minutes after the attack', async () => {
    const stage = await createStage()
    await ensureAdmin(stage)
    await attack(stage)
    stage.now += 5 * MINUTE_MS
    expect((await tryLogin(stage, '192.0.2.1', PASSWORD)).status).toBe(200)
  })
})

test('a flood of names and addresses leaves a bounded number of keys, and no name or address in them', async () => {
  const stage = await createStage()
  await ensureAdmin(stage)
  for (let i = 0; i < 400; i++) {
    await tryLogin(stage, `10.${i % 200}.${i % 250}.${i % 7}`, 'x', `somebody-${i}`)
    stage.now += 2000
  }
  const slots = await stage.store.list({ prefix: '/restapigw/logins/', limit: 1000 })
  expect(slots.length).toBeLessThanOrEqual(65)
  expect(JSON.stringify(slots)).not.toMatch(/somebody-|"10\./)
})

test('no password is in any answer, log line, audit entry or stored value', async () => {
  const stage = await createStage()
  await stage.signedIn('editor')
  const typed = 'PASSWORD-IN-THE-WRONG-FIELD'
  await tryLogin(stage, '198.51.100.1', 'x', typed)
  await tryLogin(stage, '198.51.100.1', `${PASSWORD} x`)
  const stored = await stage.store.list({ prefix: '', limit: 1000 })
  for (const text of [
    JSON.stringify(stored),
    JSON.stringify(await stage.audit()),
    stage.log.join('\n'),
  ]) {
    expect(text).not.toContain(PASSWORD)
    expect(text).not.toContain(typed)
    expect(text).not.toContain('bootstrap-secret-MARKER')
  }
  expect(await stage.audit()).toContainEqual(
    expect.objectContaining({ who: 'root', action: 'start session', result: 'unauthorized' }),
  )
})
