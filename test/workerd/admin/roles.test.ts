import { beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../../src/admin/operations/index.ts'
import { mayGrant, ROLES, type Role } from '../../../src/admin/roles.ts'
import { createStage, ensureAdmin } from './stage.ts'

/** Who may do what, once more and by hand: v(iewer), e(ditor), a(dmin), w(iring), `-` nobody needs to be known. */
const EXPECTED: Readonly<Record<string, string>> = {
  describe: '-',
  bootstrap: '-',
  startSession: '-',
  showSession: 'veaw',
  endSession: 'veaw',
  changePassword: 'veaw',
  listRoutes: 'vea',
  explain: 'vea',
  listDocuments: 'vea',
  getDocument: 'vea',
  validate: 'vea',
  putDocument: 'ea',
  removeDocument: 'ea',
  patchEndpoint: 'ea',
  listSnapshots: 'vea',
  getSnapshot: 'vea',
  diff: 'vea',
  publish: 'ea',
  rollback: 'ea',
  pinSnapshot: 'ea',
  unpinSnapshot: 'ea',
  listUpstreams: 'veaw',
  getUpstream: 'veaw',
  putUpstream: 'eaw',
  removeUpstream: 'eaw',
  drainUpstream: 'eaw',
  listTokens: 'veaw',
  createToken: 'vea',
  removeToken: 'veaw',
  listUsers: 'a',
  createUser: 'a',
  getUser: 'a',
  changeUser: 'a',
  removeUser: 'a',
  listLimits: 'vea',
  readLimit: 'vea',
  resetLimit: 'ea',
  listAudit: 'vea',
  summarizeMetrics: 'vea',
}

test('every operation is in the table', () => {
  expect(operations.map(({ id }) => id).toSorted()).toEqual(Object.keys(EXPECTED).toSorted())
})

const stage = await createStage()
const sessions = new Map<Role, string>()
beforeAll(async () => {
  await ensureAdmin(stage)
  for (const role of ROLES) sessions.set(role, await stage.signedIn(role))
})

const cases = operations
  .filter(({ id }) => EXPECTED[id] !== '-')
  .flatMap((operation) => ROLES.map((role) => ({ role, operation, id: operation.id })))

describe('somebody', () => {
  test.each(cases)('with the role $role: $id', async ({ role, operation }) => {
    const path = operation.path.replaceAll(/\{[^}]+\}/g, 'x')
    const token = await freshToken(role)
    const answer = await stage.ask(operation.method, path, {
      token,
      headers: { 'if-match': '"1"' },
      // Of no operation's form: what is let in ends with 400 before it does anything.
      ...(operation.method !== 'GET' && { body: [] }),
    })
    const isLetIn = (EXPECTED[operation.id] ?? '').includes(role.charAt(0))
    if (isLetIn) expect([401, 403]).not.toContain(answer.status)
    else expect(answer.status).toBe(403)
  })

  test.each(operations.filter(({ id }) => EXPECTED[id] !== '-'))(
    'without credentials: $id',
    async ({ method, path }) => {
      const answer = await stage.ask(method, path.replaceAll(/\{[^}]+\}/g, 'x'))
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    },
  )
})

/** Signing out is among the operations. */
async function freshToken(role: Role): Promise<string> {
  const body = { user: `a-${role}`, password: 'correct horse MARKER' }
  const answer = await stage.ask('POST', '/session', { body })
  return (await answer.json<{ token: string }>()).token
}

test('a role gives tokens only of roles that may do nothing that it may not do', () => {
  for (const own of ROLES) {
    for (const given of ROLES.filter((role) => mayGrant(own, role))) {
      for (const { id, access } of operations) {
        if (typeof access === 'string' || !access.includes(given)) continue
        expect([own, given, id, access.includes(own)]).toEqual([own, given, id, true])
      }
    }
  }
})
