import { nearest } from '../lib/nearest.ts'
import type { Fault, Place } from './diagnostics.ts'

/** Keys of the original that mean nothing here, and what takes their place. They are accepted with one notice each. */
export interface IgnoredKeys {
  readonly system: Readonly<Record<string, string>>
  readonly definition: Readonly<Record<string, string>>
}

const PLATFORM = 'The platform manages connections and their timeouts.'

/** By where they stand, with dots where they are nested. `repository` is looked at more closely by `load`. */
export const ignoredKeys: IgnoredKeys = {
  system: {
    'admin.credentials.algorithm': 'Sessions are signed with a key that the gateway makes itself.',
    'admin.credentials.secret': 'Sessions are signed with a key that the gateway makes itself.',
    'admin.credentials.token_timeout': 'A session lasts an hour; API tokens last longer.',
    'admin.port': 'There is no separate admin listener: the Admin API is at /__admin/api/.',
    'admin.profiling_enabled': 'The platform profiles.',
    'admin.profiling_public': 'The platform profiles.',
    'admin.tls': 'TLS ends at the edge, or at the proxy in front of the gateway.',
    cluster: 'Replicas need no polling.',
    dialer_fallback_delay: PLATFORM,
    dialer_keep_alive: PLATFORM,
    dialer_timeout: PLATFORM,
    disable_compression: 'The platform negotiates compression.',
    disable_keep_alives: PLATFORM,
    disable_strict_rest: 'Parameters are recognised everywhere without a switch.',
    expect_continue_timeout: PLATFORM,
    grace_timeout: 'Requests in flight are always finished.',
    idle_connection_timeout: PLATFORM,
    idle_timeout: PLATFORM,
    max_idle_connections: PLATFORM,
    max_idle_connections_per_host: PLATFORM,
    port: 'The port is chosen where the gateway is started: --port.',
    read_header_timeout: PLATFORM,
    read_timeout: PLATFORM,
    repository: 'API files are those in "apis" beside this file.',
    response_header_timeout: 'Use "timeout".',
    router_engine: 'There is one router.',
    tls: 'TLS ends at the edge, or at the proxy in front of the gateway.',
    write_timeout: PLATFORM,
  },
  definition: {
    health_check: 'Use "ready" of an upstream.',
  },
}

/** Keys that never had a meaning in API files of this format, and what does the same. */
const DEAD: Readonly<Record<string, string>> = {
  definitions: 'Endpoints belong into files under "apis".',
  endpoints: 'This is the old format: endpoints belong into files under "apis", as "definitions".',
  extra_config: 'This is the old format: use "middleware".',
  headers_to_pass: 'All headers are handed on; use "except_headers" for those that are not.',
  host: 'Use "hosts: - host: ...".',
  input_headers: 'All headers are handed on; use "except_headers" for those that are not.',
  input_query_strings: 'All parameters are handed on; use "except_querystrings" for the others.',
  querystring_params: 'All parameters are handed on; use "except_querystrings" for the others.',
  sd: 'Use "upstreams" in the system file.',
}

/** Tells what a key means that no schema knows: one notice for each ignored key of a file, a warning for the others. */
export function createKeyReporter(
  ignored: Readonly<Record<string, string>>,
  depth: number,
  report: (fault: Fault) => void,
): (place: Place, known: readonly string[]) => void {
  const told = new Set<string>()
  return (place, known) => {
    const name = place.path
      .slice(depth - 1)
      .join('.')
      .toLowerCase()
    const hint = Object.hasOwn(ignored, name) ? ignored[name] : undefined
    if (hint === undefined) {
      report(unknownKey(place, String(place.path.at(-1)), known))
    } else if (!told.has(name)) {
      told.add(name)
      report({ severity: 'notice', message: `"${name}" has no effect here.`, hint, place })
    }
  }
}

function unknownKey(place: Place, key: string, known: readonly string[]): Fault {
  // A secret in the wrong place can look like a key: {bearer: {TOKEN}}.
  const isSecretive = place.path.includes('auth')
  const fault = { severity: 'warning', place } as const
  if (isSecretive) {
    const hint = `Known here: ${known.join(', ')}.`
    return { ...fault, message: 'Unknown key; it is ignored.', hint }
  }
  const name = key.length > LONGEST ? `${key.slice(0, LONGEST)}…` : key
  const message = `Unknown key "${name}"; it is ignored.`
  const dead = Object.hasOwn(DEAD, key) ? DEAD[key] : undefined
  const guess = nearest(key, known)
  if (dead !== undefined && guess !== key) return { ...fault, message, hint: dead }
  return {
    ...fault,
    message,
    hint: guess === undefined ? listed(known) : `Did you mean "${guess}"?`,
  }
}

const LONGEST = 60
const listed = (known: readonly string[]) => `Known here: ${known.join(', ')}.`
