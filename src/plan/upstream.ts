import type { Place } from '../config/diagnostics.ts'
import type { AuthDocument, TargetDocument, UpstreamDocument } from '../config/document.ts'
import { parseHost } from '../config/host.ts'
import { encodeBase64 } from '../lib/base64.ts'
import { below, type Checks, readDuration, readFlag, readNumber } from './checks.ts'
import { type Before, disguise } from './disguise.ts'
import type { Target, Upstream } from './types.ts'

/** An entry of `upstreams:`. */
interface Subject {
  readonly name: string
  readonly document: UpstreamDocument
  readonly place: Place
  readonly before?: Before<UpstreamDocument>
}

/** Compiles a named service; what is still open is left out and compiled when the plan is activated. */
export function compileUpstream(subject: Subject, checks: Checks): Upstream {
  const { name, document, place, before } = subject
  const preservesHost = readFlag(document.preserve_host, below(place, 'preserve_host'), checks)
  if (preservesHost && document.binding === undefined) {
    checks.error(below(place, 'preserve_host'), {
      message: 'The host of the client can be kept only where calls go through a binding.',
      hint: 'Name a binding, or remove preserve_host: fetch always sends the host of its target.',
    })
  }
  if (document.targets.length === 0) {
    checks.error(below(place, 'targets'), { message: 'This upstream has no targets.' })
  }
  const ready = compileReady(subject, checks)
  return {
    name,
    targets: document.targets.flatMap((target, index) => {
      const shown = disguise(before, before?.document.targets[index]?.url)
      return compileTarget(target, { place: below(place, 'targets', index), shown }, checks)
    }),
    ...(ready !== undefined && { ready }),
    headers: compileHeaders(document, place, checks),
    passAuthorization: readFlag(
      document.pass_authorization,
      below(place, 'pass_authorization'),
      checks,
    ),
    preserveHost: preservesHost,
    ...(document.binding !== undefined && { binding: document.binding }),
  }
}

function compileReady({ document, place }: Subject, checks: Checks): Upstream['ready'] {
  const { ready } = document
  if (ready === undefined) return undefined
  const at = below(place, 'ready')
  return {
    path: ready.path,
    codes: ready.codes.map((code, index) =>
      readNumber(code, 200, below(at, 'codes', index), checks),
    ),
    timeoutMs: readDuration(ready.timeout, below(at, 'timeout'), checks),
  }
}

function compileTarget(
  { url, weight, tier }: TargetDocument,
  { place, shown }: { readonly place: Place; readonly shown: string | undefined },
  checks: Checks,
): readonly Target[] {
  const rank = {
    weight: readNumber(weight, 1, below(place, 'weight'), checks),
    tier: readNumber(tier, 0, below(place, 'tier'), checks),
  }
  if (checks.isOpen(url)) return []
  const address = parseHost(url)
  if (address.ok) return [{ ...address.value, ...rank, ...(shown !== undefined && { shown }) }]
  checks.error(below(place, 'url'), address.error)
  return []
}

/** `headers:` and the header that `auth:` makes, which wins; names in lower case. */
function compileHeaders(
  { headers, auth }: UpstreamDocument,
  place: Place,
  checks: Checks,
): Readonly<Record<string, string>> {
  const pairs = Object.entries(headers).map(([name, value]) => ({
    name,
    value,
    at: below(place, 'headers', name),
  }))
  if (auth !== undefined && !checks.isOpen(auth)) {
    const at = below(place, 'auth')
    if (auth.kind === 'basic' && auth.username.includes(':')) {
      checks.error(below(at, 'username'), { message: 'A user name holds no colon (RFC 7617).' })
    }
    pairs.push({ ...toHeader(auth), at })
  }
  const settled = pairs.filter(({ name, value }) => !checks.isOpen(name) && !checks.isOpen(value))
  for (const { name, value, at } of settled) checkHeader(name, value, at, checks)
  return Object.fromEntries(settled.map(({ name, value }) => [name.toLowerCase(), value]))
}

function toHeader(auth: AuthDocument): { readonly name: string; readonly value: string } {
  switch (auth.kind) {
    case 'basic': {
      // Of the UTF-8 bytes (RFC 7617 section 2.1).
      const pair = new TextEncoder().encode(`${auth.username}:${auth.password}`)
      const value = `Basic ${encodeBase64(pair)}`
      return { name: 'authorization', value }
    }
    case 'bearer':
      return { name: 'authorization', value: `Bearer ${auth.token}` }
    case 'header':
      return { name: auth.name, value: auth.value }
  }
}

/** Names and values that `Headers` would throw at; the complaint never repeats the value. */
function checkHeader(name: string, value: string, place: Place, checks: Checks): void {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    checks.error(place, { message: 'This is no header name.' })
  }
  if (!/^[\t\x20-\x7e\u0080-\u00ff]*$/.test(value)) {
    checks.error(place, {
      message: 'The value can not stand in a header.',
      hint: 'Line breaks and letters beyond Latin-1 are not allowed; a secret may end in a newline.',
    })
  }
}
