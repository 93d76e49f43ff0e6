import { isPasswordHash } from '../../lib/password-hash.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import { at, conform, isPlainMap, silent } from '../conform.ts'
import type { Fault, Place } from '../diagnostics.ts'
import type { AdminDocument, SystemDocument } from '../document.ts'
import { faultsOf } from '../issues.ts'
import { hasReference, isBareReference } from '../references.ts'
import { readHeaderName } from './headers.ts'
import { type Reading, readMiddleware } from './middleware.ts'
import { systemSchema } from './system.ts'

type Data = Readonly<Record<string, unknown>>

/**
 * The system file as plain data (YAML's, or a document that was decoded and filled before) to its checked form.
 * Decoding the result again yields the same. Only errors are reported; `load` tells the rest.
 */
export function decodeSystem(raw: unknown, file: string): Result<SystemDocument, readonly Fault[]> {
  const errors: Fault[] = []
  const report = (fault: Fault) => {
    if (fault.severity === 'error') errors.push(fault)
  }
  const reading: Reading = { ...silent, ignoresCase: true, report, allowsMissing: false }
  const system = readSystem(withWrittenAuth(raw), file, reading)
  return system === undefined || errors.length > 0 ? err(errors) : ok(system)
}

/** The same with every fault reported; undefined when it cannot be used. */
export function readSystem(
  raw: unknown,
  file: string,
  reading: Reading,
): SystemDocument | undefined {
  const place: Place = { file, path: [] }
  const data = conform(systemSchema, raw ?? {}, place, reading)
  if (!isPlainMap(data)) {
    const hint = 'Begin with "version: 1" and "name: ...".'
    reading.report({ severity: 'error', message: 'The system file must be a map.', hint, place })
    return undefined
  }
  const middleware = readMiddleware(data['middleware'], 'service', at(place, 'middleware'), reading)
  checkUpstreams(data['upstreams'], at(place, 'upstreams'), reading)
  const checked = systemSchema.safeParse(data)
  if (!checked.success) {
    faultsOf(checked.error, data, place).forEach(reading.report)
    return undefined
  }
  const admin = withHashedUsers(checked.data.admin, at(place, 'admin'), reading)
  return { ...checked.data, file, middleware, admin }
}

/** Passwords in plaintext stay out of documents, plans and snapshots; their users cannot log in. */
function withHashedUsers(admin: AdminDocument, place: Place, { report }: Reading): AdminDocument {
  const users = Object.entries(admin.credentials.basic.users).filter(([name, password]) => {
    const isUsable = isPasswordHash(password) || hasReference(password)
    if (!isUsable) {
      const here = at(place, 'credentials', 'basic', 'users', name)
      report({ ...PLAINTEXT, place: { ...here, isKey: true } })
    }
    return isUsable
  })
  return { ...admin, credentials: { basic: { users: Object.fromEntries(users) } } }
}

const PLAINTEXT = {
  severity: 'warning',
  message: 'This password is no hash; the user cannot log in.',
  hint: 'Make one with "cb-bridge password", or make the user with the Admin API.',
} as const

/** Names and secrets of upstreams: what the schema does not see, or must not stop at. */
function checkUpstreams(upstreams: unknown, place: Place, reading: Reading): void {
  for (const [name, upstream] of entries(upstreams)) {
    const here = at(place, name)
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
      reading.report({
        severity: 'error',
        message: 'This is no name of an upstream.',
        hint: 'Use letters, digits, ".", "_" and "-".',
        place: { ...here, isKey: true },
      })
    }
    if (!isPlainMap(upstream)) continue
    for (const [header, value] of entries(upstream['headers'])) {
      const named = readHeaderName(header)
      const headerPlace = at(here, 'headers', header)
      if (!named.ok) {
        reading.report({
          severity: 'error',
          ...named.error,
          place: { ...headerPlace, isKey: true },
        })
      }
      if (TELLTALE.test(header)) warnLiteral(value, headerPlace, reading)
    }
    if (reading.keepsCredentials === true) continue
    for (const path of SECRETS) warnLiteral(valueAt(upstream, path), at(here, ...path), reading)
  }
}

const SECRETS = [
  ['auth', 'basic', 'password'],
  ['auth', 'bearer'],
  ['auth', 'bearer', 'token'],
  ['auth', 'header', 'value'],
] as const

/** Headers that usually carry a secret. */
const TELLTALE = /authorization|cookie|token|secret|password|api-?key/i

function warnLiteral(value: unknown, place: Place, reading: Reading): void {
  if (typeof value !== 'string' || value === '' || isBareReference(value)) return
  reading.report({
    severity: 'warning',
    message: 'A secret stands in the file.',
    hint: 'Write it as a reference, e.g. "${NAME}", and set NAME where the gateway runs.',
    place,
  })
}

function valueAt(data: Data, path: readonly string[]): unknown {
  let value: unknown = data
  for (const key of path) value = isPlainMap(value) ? value[key] : undefined
  return value
}

const entries = (value: unknown) => (isPlainMap(value) ? Object.entries(value) : [])

/** A document with its `auth: {kind: basic, ...}` back in the words of YAML, `{basic: {...}}`. */
export function withWrittenAuth(raw: unknown): unknown {
  if (!isPlainMap(raw) || !isPlainMap(raw['upstreams'])) return raw
  const upstreams = Object.entries(raw['upstreams']).map(([name, upstream]) => {
    const auth = isPlainMap(upstream) ? upstream['auth'] : undefined
    if (!isPlainMap(upstream) || !isPlainMap(auth)) return [name, upstream] as const
    const { kind, ...credentials } = auth
    const written = typeof kind === 'string' ? { [kind]: credentials } : auth
    return [name, { ...upstream, auth: written }] as const
  })
  return { ...raw, upstreams: Object.fromEntries(upstreams) }
}
