import * as z from 'zod'
import { err, ok, type Result } from '../../lib/result.ts'
import { digest, isSameSecret } from './digest.ts'
import { decode, KEYS, readEntries, type User, userRecord } from './records.ts'
import { type AccountHost, makeUser, type Note } from './users.ts'

/** Digests of the bootstrap tokens that have been used. */
const usedRecord = z.object({ used: z.array(z.string()) })

/**
 * Makes an admin for whoever holds the bootstrap token, exactly once for each token: what records its use is in the
 * same commit as the user. A user of that name gets the new password, so that whoever may set the gateway's secrets
 * can get back in with a token that was never used.
 */
export async function bootstrap(
  host: AccountHost,
  { given, secret }: { readonly given: string; readonly secret: string | undefined },
  admin: { readonly name: string; readonly password: string },
  note: Note,
): Promise<Result<User, 'refused' | 'used'>> {
  if (secret === undefined || secret === '' || !(await isSameSecret(given, secret))) {
    return err('refused')
  }
  const { store } = host
  const [mark, user] = await Promise.all([
    digest(secret),
    makeUser(host, { ...admin, role: 'admin' }),
  ])
  const key = KEYS.user(user.name)
  const entries = await readEntries(store, [KEYS.bootstrap, key])
  const record = decode(usedRecord, entries.get(KEYS.bootstrap))
  const used = record?.value.used ?? []
  if (used.includes(mark)) return err('used')
  const before = decode(userRecord, entries.get(key))
  const done = await store.commit({
    expect: { [KEYS.bootstrap]: record?.revision ?? 0, [key]: before?.revision ?? 0 },
    put: {
      [KEYS.bootstrap]: JSON.stringify({ used: [...used, mark] }),
      [key]: JSON.stringify(user),
      ...note(user.name),
    },
  })
  return done.kind === 'done' ? ok(user) : err('used')
}
