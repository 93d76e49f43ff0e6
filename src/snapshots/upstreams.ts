import type { Diagnostic, Fault } from '../config/diagnostics.ts'
import type { UpstreamDocument } from '../config/document.ts'
import { readSystem, withWrittenAuth } from '../config/schema/read-system.ts'
import { own } from '../lib/own.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { RoutesPart } from '../plan/compile.ts'
import type { Archive } from './archive.ts'
import type { Editor } from './change.ts'
import { CONCEALED, withKept } from './credentials.ts'
import { marked, openIn } from './registry.ts'
import type { State } from './state.ts'
import type {
  Refused,
  RegisteredUpstream,
  RouteLine,
  UpstreamPut,
  UpstreamTarget,
} from './types.ts'

/** How long requests in flight may take when nobody says otherwise. */
export const DRAIN_TIMEOUT_MS = 60_000

/** Registers an upstream, or changes it: an owner changes its own. Opens one that was drained. */
export const editPut =
  ({ name, document, owner, ifRevision, force = false }: UpstreamPut, by: string): Editor =>
  (state) => {
    const known = openIn(state.registry, name)
    const refusal = checkOwn(known, { name, owner, ifRevision, force })
    if (refusal !== undefined) return err(refusal)
    const checked = readUpstream(name, document)
    if (!checked.ok) return checked
    const whole = withKept(checked.value, known?.document)
    if (whole === undefined) return err(NOT_KEPT(name))
    const mark = { revision: next(state), by }
    return ok(withUpstream(state, marked({ name, owner, document: whole }, known, mark)))
  }

/** Somebody gives back what was concealed, but nothing is kept. */
const NOT_KEPT = (name: string): Refused => ({
  kind: 'invalid',
  diagnostics: [
    {
      file: `upstreams/${name}`,
      line: 1,
      column: 1,
      severity: 'error',
      message: `auth: "${CONCEALED}" stands for the credentials that are kept, and none of this kind are.`,
      hint: 'Give them whole, or as a reference like "${NAME}".',
    },
  ],
})

/** Ends new requests to an upstream. */
export const editDrain =
  (target: UpstreamTarget, by: string, now: () => number): Editor =>
  (state) => {
    const known = openIn(state.registry, target.name)
    const refusal = checkOwn(known, target)
    if (refusal !== undefined) return err(refusal)
    if (known === undefined) return err({ kind: 'missing', what: target.name })
    const drainTimeoutMs = target.drainTimeoutMs ?? DRAIN_TIMEOUT_MS
    const drainingSince = known.drainingSince ?? now()
    if (known.drainTimeoutMs === drainTimeoutMs) return ok(state)
    const drained = { ...known, drainingSince, drainTimeoutMs }
    return ok(withUpstream(state, marked(drained, known, { revision: next(state), by })))
  }

/**
 * Removes an upstream that no route calls, or that the system file has too: that one is used again. Closed, it goes in any case,
 * and routes that call it are refused.
 */
export const editRemove =
  (target: UpstreamTarget, archive: Archive): Editor =>
  async (state) => {
    const known = openIn(state.registry, target.name)
    const refusal = checkOwn(known, target)
    if (refusal !== undefined) return err(refusal)
    if (known === undefined) return err({ kind: 'missing', what: target.name })
    const { force = false, closed: isClosing = false } = target
    const routes = isClosing || !force ? await findCallers(target.name, state, archive) : []
    if (isClosing && routes.length > 0) return ok(withUpstream(state, closed(known, next(state))))
    const shadowsFile = own(state.manifest?.registered ?? {}, target.name)?.shadowsFile === true
    if (!shadowsFile && routes.length > 0) return err({ kind: 'needed', routes })
    const rest = Object.entries(state.registry).filter(([name]) => name !== target.name)
    return ok({ files: state.files, registry: Object.fromEntries(rest) })
  }

const next = (state: State): number => state.snapshot.number + 1

const withUpstream = (state: State, upstream: RegisteredUpstream) => ({
  files: state.files,
  registry: { ...state.registry, [upstream.name]: upstream },
})

/** What is left of an upstream that is closed: no address, no credentials. */
const closed = ({ name, owner }: RegisteredUpstream, revision: number): RegisteredUpstream => ({
  name,
  owner,
  revision,
  document: NOTHING,
  isClosed: true,
})

/** A document needs a target. This one is never called, and nobody could answer there (RFC 6761). */
const NOTHING: UpstreamDocument = {
  targets: [{ url: 'http://closed.invalid', weight: 1, tier: 0 }],
  headers: {},
  pass_authorization: false,
  preserve_host: false,
}

type Claim = Pick<UpstreamTarget, 'name' | 'owner' | 'force'> & {
  readonly ifRevision?: number | undefined
}

function checkOwn(
  known: RegisteredUpstream | undefined,
  { name, owner, ifRevision, force = false }: Claim,
): Refused | undefined {
  if (known !== undefined && known.owner !== owner && !force) {
    return { kind: 'owned', owner: known.owner }
  }
  return ifRevision !== undefined && ifRevision !== (known?.revision ?? 0)
    ? { kind: 'stale', what: name }
    : undefined
}

/**
 * Programs are held to the letter: what would be a warning in a file (an unknown key, a secret in a header) is refused. Credentials
 * are taken as they are: nobody can set a variable of a gateway that runs elsewhere, and nobody is shown them again.
 */
function readUpstream(name: string, document: unknown): Result<UpstreamDocument, Refused> {
  const file = `upstreams/${name}`
  const diagnostics: Diagnostic[] = []
  const report = ({ place, message, hint }: Fault) => {
    const key = place.path.slice(2).join('.')
    diagnostics.push({
      file,
      line: 1,
      column: 1,
      severity: 'error',
      message: key === '' ? message : `${key}: ${message}`,
      ...(hint !== undefined && { hint }),
    })
  }
  const raw = withWrittenAuth({ version: 1, name: '-', upstreams: { [name]: document } })
  const system = readSystem(raw, file, {
    ignoresCase: false,
    allowsMissing: false,
    keepsCredentials: true,
    report,
    onUnknownKey: (place) =>
      report({ severity: 'error', message: 'This key is not known.', place }),
  })
  const upstream = system === undefined ? undefined : own(system.upstreams, name)
  return upstream === undefined || diagnostics.length > 0
    ? err({ kind: 'invalid', diagnostics })
    : ok(upstream)
}

/** Routes that call an upstream by its name. */
async function findCallers(
  name: string,
  { manifest }: State,
  { parts }: Archive,
): Promise<readonly RouteLine[]> {
  if (manifest === undefined) return []
  const groups = await Promise.all(
    manifest.groups.map(async ({ file, routes }) => ({
      file,
      part: await parts.read<RoutesPart>(routes),
    })),
  )
  return groups.flatMap(({ file, part }) => callersIn(name, file, part))
}

const callersIn = (
  name: string,
  file: string,
  { routes, waiting }: RoutesPart,
): readonly RouteLine[] => [
  ...routes
    .filter(({ backends }) =>
      backends.some(({ hosts }) =>
        hosts.some((host) => 'upstream' in host && host.upstream === name),
      ),
    )
    .map((route) => ({ method: route.method, path: route.path, name: route.name, file })),
  ...waiting
    .filter(({ definition }) =>
      [definition, ...definition.backend].some(({ hosts = [] }) =>
        hosts.some(({ host }) => host === name),
      ),
    )
    .map(({ definition: { method, endpoint, name: called } }) => ({
      method,
      path: endpoint,
      name: called,
      file,
    })),
]
