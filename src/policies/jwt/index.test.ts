import fc from 'fast-check'
import { exportSPKI, importJWK, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { NOON } from '../../http/installation.fixture.ts'
import type { IssuerKeys, KeySet } from '../../ports/issuer-keys.ts'
import { behind } from '../policy.fixture.ts'
import { jwt } from './index.ts'
import { createTestIssuer, encodePart, ISSUER, type TestIssuer } from './issuer.fixture.ts'

const SECRET = 'a secret of more than 32 bytes, as RFC 7518 asks for'

let issuer: TestIssuer
let rsa: TestIssuer
let stranger: TestIssuer
beforeAll(async () => {
  issuer = await createTestIssuer()
  rsa = await createTestIssuer('RS256', 'rsa')
  stranger = await createTestIssuer()
})

const trusting = (more: Record<string, unknown> = {}, entry: Record<string, unknown> = {}) => ({
  issuers: [{ issuer: ISSUER, audience: 'api', keys: [issuer.jwk, rsa.jwk], ...entry }],
  ...more,
})

/** Asks with a bearer token; `options` are those of the block. */
const present = (token: string, options = trusting(), now = NOON) =>
  behind(jwt, options, { now: () => now })({ headers: { authorization: `Bearer ${token}` } })

const expectRefusal = async (token: string, options = trusting(), now = NOON) => {
  const passage = await present(token, options, now)
  expect(passage).toMatchObject({ status: 401, hasPassed: false })
  expect(passage.exchange.identity).toBeUndefined()
  expect(passage.headers.get('content-type')).toBe('application/problem+json')
  return passage.headers.get('www-authenticate') ?? ''
}

const without = (member: string, jwk: TestIssuer['jwk']) =>
  Object.fromEntries(Object.entries(jwk).filter(([name]) => name !== member))

describe('a good token', () => {
  test('passes and says who comes', async () => {
    const { hasPassed, exchange } = await present(await issuer.sign({ tenant: 't1' }))
    expect(hasPassed).toBe(true)
    expect(exchange.identity).toMatchObject({
      kind: 'jwt',
      subject: 'alice',
      claims: { iss: ISSUER, tenant: 't1' },
    })
  })

  test.each(['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'])(
    'may be signed with %s',
    async (alg) => {
      const other = await createTestIssuer(alg)
      const options = trusting({}, { keys: [other.jwk] })
      expect((await present(await other.sign(), options)).hasPassed).toBe(true)
    },
  )

  test('may be signed with a shared secret', async () => {
    const options = trusting({}, { keys: null, secret: SECRET })
    const token = await new SignJWT({ iss: ISSUER, aud: 'api', exp: NOON / 1000 + 9 })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(SECRET))
    expect((await present(token, options)).hasPassed).toBe(true)
  })

  test('may come without a key id, whichever key it is', async () => {
    const keys = [stranger.jwk, issuer.jwk].map((jwk) => without('kid', jwk))
    const token = await issuer.sign({}, { kid: undefined })
    expect((await present(token, trusting({}, { keys }))).hasPassed).toBe(true)
  })

  test('may come in another header or in a cookie', async () => {
    const token = await issuer.sign()
    const ask = behind(jwt, trusting({ header: 'X-Token', cookie: 'session' }))
    for (const headers of [
      { 'x-token': token },
      { 'X-Token': `Bearer ${token}` },
      { cookie: `a=b; session=${token}; c=d` },
    ]) {
      expect((await ask({ headers })).hasPassed).toBe(true)
    }
    const both = { 'x-token': 'bad', cookie: `session=${token}` }
    expect((await ask({ headers: both })).status).toBe(401)
    expect((await ask({ headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
  })

  test('of one of several issuers is judged by that issuer alone', async () => {
    const second = 'https://second.test'
    const options = {
      issuers: [
        { issuer: ISSUER, audience: 'api', keys: [issuer.jwk] },
        { issuer: second, audience: 'api', keys: [stranger.jwk] },
      ],
    }
    expect((await present(await issuer.sign(), options)).hasPassed).toBe(true)
    expect((await present(await stranger.sign({ iss: second }), options)).hasPassed).toBe(true)
    await expectRefusal(await issuer.sign({ iss: second }), options)
    await expectRefusal(await stranger.sign(), options)
    await expectRefusal(await stranger.sign({ iss: 'https://third.test' }), options)
    await expectRefusal(await stranger.sign({ iss: undefined }), options)
  })
})

describe('time', () => {
  const seconds = NOON / 1000
  test.each([
    [{ exp: seconds + 1 }, '0s', true],
    [{ exp: seconds }, '0s', false],
    [{ exp: seconds - 30 }, '31s', true],
    [{ exp: seconds - 30 }, '30s', false],
    [{ nbf: seconds }, '0s', true],
    [{ nbf: seconds + 1 }, '0s', false],
    [{ nbf: seconds + 30 }, '30s', true],
    [{ nbf: seconds + 31 }, '30s', false],
  ])('%j with a leeway of %s: %j', async (claims, leeway, passes) => {
    expect((await present(await issuer.sign(claims), trusting({ leeway }))).hasPassed).toBe(passes)
  })

  test('an expired or premature token is told so', async () => {
    expect(await expectRefusal(await issuer.sign({ exp: 1 }))).toBe(
      'Bearer error="invalid_token", error_description="The token has expired"',
    )
    expect(await expectRefusal(await issuer.sign({ nbf: seconds + 99 }))).toContain('not valid yet')
  })

  test('a token that never expires passes only where that is allowed', async () => {
    const token = await issuer.sign({ exp: undefined })
    await expectRefusal(token)
    expect((await present(token, trusting({ allow_no_expiry: true }))).hasPassed).toBe(true)
  })

  test.each(['"1"', 'null', '1e400', '{}', '[]', 'true'])('an exp of %s is none', async (exp) => {
    const signed = await issuer.sign()
    const [header = '', , signature = ''] = signed.split('.')
    const payload = encodePart(`{"iss":"${ISSUER}","aud":"api","exp":${exp}}`)
    await expectRefusal(`${header}.${payload}.${signature}`)
  })
})

describe('audience and issuer', () => {
  test.each([
    ['api', true],
    [['other', 'api'], true],
    ['other', false],
    [[], false],
    [undefined, false],
    ['API', false],
    ['api ', false],
  ])('aud %j: %j', async (aud, passes) => {
    expect((await present(await issuer.sign({ aud }))).hasPassed).toBe(passes)
  })

  test('one of several audiences is enough', async () => {
    const options = trusting({}, { audience: 'first, api' })
    expect((await present(await issuer.sign(), options)).hasPassed).toBe(true)
  })

  test.each([`${ISSUER}/`, ISSUER.toUpperCase(), '', undefined])(
    'iss %j is another',
    async (iss) => {
      await expectRefusal(await issuer.sign({ iss }))
    },
  )
})

describe('scopes', () => {
  const needing = (more = {}) => trusting({ scopes: 'read, write', ...more })
  test.each([
    [{ scope: 'read write' }, {}, true],
    [{ scope: 'write admin read' }, {}, true],
    [{ scope: ['read', 'write'] }, {}, true],
    [{ scope: 'read' }, {}, false],
    [{ scope: 'readwrite' }, {}, false],
    [{ scope: 'read,write' }, {}, false],
    [{ scp: ['read', 'write'] }, { scope_claim: 'scp' }, true],
    [{ realm: { roles: ['read', 'write'] } }, { scope_claim: 'realm.roles' }, true],
    [{ 'https://a.b/roles': 'read write' }, { scope_claim: 'https://a.b/roles' }, true],
    [{}, {}, false],
    [{ scope: 5 }, {}, false],
  ])('%j with %j: %j', async (claims, more, passes) => {
    expect((await present(await issuer.sign(claims), needing(more))).hasPassed).toBe(passes)
  })

  test('one that is missing is 403, with what is needed', async () => {
    const passage = await present(await issuer.sign({ scope: 'read' }), needing())
    expect(passage).toMatchObject({ status: 403, hasPassed: false })
    expect(passage.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_scope", scope="read write"',
    )
  })

  test('nothing of prototypes is a scope', async () => {
    for (const scope_claim of ['constructor.name', '__proto__', 'toString']) {
      const options = trusting({ scopes: 'Object', scope_claim })
      expect((await present(await issuer.sign(), options)).status).toBe(403)
    }
  })
})

describe('games with algorithms and keys', () => {
  const claims = () => ({ iss: ISSUER, sub: 'mallory', aud: 'api', exp: NOON / 1000 + 60 })
  const unsigned = (header: unknown, signature = '') =>
    `${encodePart(header)}.${encodePart(claims())}.${signature}`
  const encoder = new TextEncoder()
  const HS256 = { name: 'HMAC', hash: 'SHA-256' }
  const hmac = async (header: unknown, secret: Uint8Array<ArrayBuffer>) => {
    const input = `${encodePart(header)}.${encodePart(claims())}`
    const key = await crypto.subtle.importKey('raw', secret, HS256, false, ['sign'])
    const digest = await crypto.subtle.sign(HS256, key, encoder.encode(input))
    return `${input}.${Buffer.from(digest).toString('base64url')}`
  }

  test.each(['none', 'None', 'NONE', 'nOnE', '', null, undefined, 0, ['ES256'], {}])(
    'alg %j without a signature',
    async (alg) => {
      await expectRefusal(unsigned({ alg, kid: 'k1' }))
      await expectRefusal(unsigned({ alg }))
    },
  )

  test('the public key of RSA as the secret of HS256, in every usual form', async () => {
    const key = await importJWK(rsa.jwk, 'RS256', { extractable: true })
    if (key instanceof Uint8Array) throw new Error('a secret')
    const pem = await exportSPKI(key)
    const base64 = pem.replaceAll(/-----.*-----|\s/g, '')
    const texts = [pem, pem.trimEnd(), base64, JSON.stringify(rsa.jwk), rsa.jwk['n'] ?? '']
    const forms = [
      ...texts.map((text) => Uint8Array.from(encoder.encode(text))),
      Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)),
    ]
    for (const form of forms) {
      await expectRefusal(await hmac({ alg: 'HS256', kid: 'rsa' }, form))
      await expectRefusal(await hmac({ alg: 'HS256' }, form))
      const mixed = trusting({}, { algorithms: ['RS256', 'ES256'] })
      await expectRefusal(await hmac({ alg: 'HS256', kid: 'rsa' }, form), mixed)
    }
  })

  test('a key is good for its own algorithm alone', async () => {
    const bare = without('alg', rsa.jwk)
    expect((await present(await rsa.sign(), trusting({}, { keys: [bare] }))).hasPassed).toBe(true)
    const pss = await createTestIssuer('PS256', 'rsa')
    for (const jwk of [{ ...pss.jwk, alg: 'RS256' }, without('alg', pss.jwk)]) {
      await expectRefusal(await pss.sign(), trusting({}, { keys: [jwk] }))
    }
    await expectRefusal(unsigned({ alg: 'RS512', kid: 'rsa' }, 'AA'))
  })

  test('an issuer whose algorithms do not list it', async () => {
    await expectRefusal(await issuer.sign(), trusting({}, { algorithms: ['RS256'] }))
    expect(
      (await present(await rsa.sign(), trusting({}, { algorithms: ['RS256'] }))).hasPassed,
    ).toBe(true)
  })

  test('the key id of another key', async () => {
    await expectRefusal(await stranger.sign({}, { kid: 'k1' }))
    await expectRefusal(await issuer.sign({}, { kid: 'rsa' }))
    await expectRefusal(await issuer.sign({}, { kid: 'unknown' }))
    for (const kid of ['../k1', "k1' OR '1'='1", '__proto__', '', 'k1\u0000', '/dev/null']) {
      await expectRefusal(await issuer.sign({}, { kid }))
    }
  })

  test('a key that the token brings along', async () => {
    for (const header of [
      { jwk: stranger.jwk },
      { jwk: stranger.jwk, kid: 'k1' },
      { jku: 'https://evil.test/keys' },
      { x5u: 'https://evil.test/cert' },
      { x5c: ['MIIB'] },
    ]) {
      await expectRefusal(await stranger.sign({}, header))
      expect((await present(await issuer.sign({}, header))).status).toBe(
        'kid' in header ? 200 : 200,
      )
    }
  })

  test('extensions that must be understood', async () => {
    const sign = (header: Record<string, unknown>) =>
      encodePart({ alg: 'ES256', kid: 'k1', ...header })
    const [, payload = '', signature = ''] = (await issuer.sign()).split('.')
    for (const header of [
      { crit: ['x'], x: 1 },
      { crit: [] },
      { crit: 'b64' },
      { crit: ['b64'], b64: false },
      { b64: false },
    ]) {
      await expectRefusal(`${sign(header)}.${payload}.${signature}`)
    }
  })

  test('an empty secret, and one that is too short, are no keys', () => {
    for (const secret of ['', 'short', 'x'.repeat(31)]) {
      expect(jwt.options.safeParse(trusting({}, { keys: null, secret })).success).toBe(false)
    }
  })

  test('secrets and public keys are not mixed', () => {
    const bad = [
      { algorithms: ['HS256'] },
      { algorithms: ['RS256', 'HS256'] },
      { keys: null, secret: SECRET, algorithms: ['RS256'] },
      { keys: null, secret: SECRET, algorithms: ['HS256', 'HS512'] },
      { algorithms: ['none'] },
      { secret: SECRET },
      { keys: null },
      { keys: [{ kty: 'oct', k: 'AAAA', alg: 'HS256' }] },
      { keys: [{ kty: 'EC', crv: 'P-256', x: 'a', y: 'b', d: 'c' }] },
    ]
    for (const entry of bad) {
      expect(jwt.options.safeParse(trusting({}, entry)).success, JSON.stringify(entry)).toBe(false)
    }
  })

  test('anything that is no token', async () => {
    const text = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.array(fc.base64String(), { maxLength: 6 }).map((parts) => parts.join('.')),
    )
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        const header = token.replaceAll(/[^\x21-\x7e]/g, '.')
        expect((await present(header)).status).toBe(401)
      }),
    )
  })

  test('a token with one character changed', async () => {
    const token = await issuer.sign()
    const ask = behind(jwt, trusting())
    const last = token.length - 1
    await fc.assert(
      fc.asyncProperty(
        fc.nat(last - 1),
        fc.constantFrom('A', 'z', '0', '9', '-', '_', '.'),
        async (index, char) => {
          fc.pre(token[index] !== char)
          const changed = token.slice(0, index) + char + token.slice(index + 1)
          expect((await ask({ headers: { authorization: `Bearer ${changed}` } })).status).toBe(401)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('without a usable token', () => {
  test.each([undefined, '', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a, Bearer b', 'Token x'])(
    '%j is 401 without an error code',
    async (authorization) => {
      const ask = behind(jwt, trusting())
      const passage = await ask(authorization === undefined ? {} : { headers: { authorization } })
      expect(passage).toMatchObject({ status: 401, hasPassed: false })
      expect(passage.headers.get('www-authenticate')).toBe('Bearer')
    },
  )
})

describe('claims as headers', () => {
  const told = { 'X-User': 'sub', 'X-Roles': 'realm.roles', 'X-Map': 'realm', 'X-None': 'none' }
  const headersFor = async (claims: Record<string, unknown>) => {
    const { exchange } = await present(
      await issuer.sign(claims),
      trusting({ claims_to_headers: told }),
    )
    return exchange.identity?.headers
  }

  test('are texts, numbers and lists', async () => {
    expect(await headersFor({ sub: 'alice', realm: { roles: ['a', 'b', 3] } })).toEqual([
      ['X-User', 'alice'],
      ['X-Roles', 'a,b,3'],
    ])
  })

  test('are bytes of UTF-8', async () => {
    const [[, value] = []] = (await headersFor({ sub: '앨리스' })) ?? []
    expect(Buffer.from(value ?? '', 'latin1').toString('utf8')).toBe('앨리스')
  })

  test.each([
    { sub: 'a\r\nX-Admin: 1' },
    { sub: 'a\u0000' },
    { sub: {} },
    { sub: ['a,b'] },
    { sub: null },
  ])('are left out where they are no clear text: %j', async (claims) => {
    expect(await headersFor(claims)).toEqual([])
  })

  test("take the place of the client's", () => {
    expect(jwt.keeps?.(trusting({ claims_to_headers: told }))).toEqual([
      'authorization',
      'x-user',
      'x-roles',
      'x-map',
      'x-none',
    ])
  })
})

describe('published keys', () => {
  const URL = 'https://issuer.test/keys'
  const asking = (find: IssuerKeys['find']) =>
    behind(jwt, trusting({}, { keys: undefined, jwks_url: URL }), { issuerKeys: { find } })
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

  test('are looked up where the configuration says', async () => {
    const asked: string[] = []
    const ask = asking(async (url) => {
      asked.push(url)
      return { kind: 'found', set: { keys: [issuer.jwk] } }
    })
    expect((await ask(bearer(await issuer.sign()))).hasPassed).toBe(true)
    expect(asked).toEqual([URL])
  })

  test('are looked up once more for a key that is missing', async () => {
    const old: KeySet = { keys: [rsa.jwk] }
    const ask = asking(async (_, missed) => ({
      kind: 'found',
      set: missed === old ? { keys: [issuer.jwk] } : old,
    }))
    expect((await ask(bearer(await issuer.sign()))).hasPassed).toBe(true)
    expect((await ask(bearer(await stranger.sign({}, { kid: 'other' })))).status).toBe(401)
  })

  test('are not looked up again for a bad signature', async () => {
    let asked = 0
    const ask = asking(async () => {
      asked++
      return { kind: 'found', set: { keys: [issuer.jwk] } }
    })
    expect((await ask(bearer(await stranger.sign()))).status).toBe(401)
    expect(asked).toBe(1)
  })

  test('that are not to be had are 503, and the reason is for the log', async () => {
    const ask = asking(async () => ({ kind: 'unavailable', reason: 'status 500' }))
    const passage = await ask(bearer(await issuer.sign()))
    expect(passage).toMatchObject({ status: 503, hasPassed: false })
    expect(passage.headers.get('retry-after')).toBe('5')
    expect(passage.text).not.toContain('status 500')
    expect(passage.exchange.error).toContain('status 500')
  })

  test('that cannot be asked for close the door', async () => {
    const ask = asking(() => Promise.reject(new Error('a bug')))
    expect(await ask(bearer(await issuer.sign()))).toMatchObject({ status: 500, hasPassed: false })
  })

  test.each([
    'http://issuer.test/keys',
    'https://127.0.0.1/keys',
    'https://10.1.2.3/keys',
    'https://[::1]/keys',
    'https://169.254.169.254/latest',
    'https://localhost/keys',
    'https://keycloak.auth.svc/keys',
    'https://0x7f.1/keys',
    'https://2130706433/keys',
  ])('of a private network are an error unless allowed: %s', (jwks_url) => {
    const block = (allow_private: boolean) => trusting({}, { keys: null, jwks_url, allow_private })
    expect(jwt.options.safeParse(block(false)).success).toBe(false)
    expect(jwt.options.safeParse(block(true)).success).toBe(true)
  })

  test.each([
    'file:///etc/passwd',
    'ftp://a.test/',
    'https://user:pass@a.test/',
    'a.test/keys',
    '',
  ])('have an address: %s', (jwks_url) => {
    const block = trusting({}, { keys: null, jwks_url, allow_private: true })
    expect(jwt.options.safeParse(block).success).toBe(false)
  })
})
