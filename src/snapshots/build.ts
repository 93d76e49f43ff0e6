import type { Diagnostic, Fault } from '../config/diagnostics.ts'
import type { SystemDocument } from '../config/document.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { sha256 } from '../lib/sha256.ts'
import { activate } from '../plan/activate.ts'
import { compileRoutes, compileSystem, assemble, type RoutesPart } from '../plan/compile.ts'
import { besides, type Claim, findConflicts } from '../plan/conflicts.ts'
import type { Plan, Registration } from '../plan/types.ts'
import { canonical } from '../plan/version.ts'
import { type Blob, type Blobs, toJsonBlob } from './blobs.ts'
import { diagnoseAll } from './diagnose.ts'
import type { PartsReader } from './parts.ts'
import { type DraftFile, type KnownFile, type Reader, SYSTEM_FILES } from './reading.ts'
import type { GroupNode, Manifest, Registry } from './stored.ts'

/** What shall be published: all files and all upstreams. */
export interface Draft {
  readonly files: Readonly<Record<string, DraftFile>>
  readonly registry: Registry
}

/** What a build works with. */
export interface Workshop {
  readonly reader: Reader
  readonly blobs: Blobs
  readonly parts: PartsReader
  /** Finds the value of a `${NAME}`: a plan that this host could not activate is refused. */
  readonly secret: (name: string) => string | undefined
}

/** A draft that compiles. */
export interface Built {
  readonly files: readonly KnownFile[]
  readonly manifest: Manifest
  /** Parts that are not in the store yet. */
  readonly blobs: readonly Blob[]
  /** Warnings and notices. */
  readonly diagnostics: readonly Diagnostic[]
  /** Groups that were compiled now, by file. */
  readonly fresh: ReadonlyMap<string, RoutesPart>
}

/**
 * Reads what is new, compiles what it touches and takes the rest from `before`. The error holds all diagnostics, the
 * warnings among them.
 */
export async function build(
  draft: Draft,
  before: Manifest | undefined,
  shop: Workshop,
): Promise<Result<Built, readonly Diagnostic[]>> {
  const names = Object.keys(draft.files).toSorted()
  const files: KnownFile[] = []
  for (const name of names) files.push(await shop.reader.know(name, draft.files[name] ?? ''))
  const system = await readSystem(files, shop)
  if (!system.ok) return system
  const merged = withRegistry(system.value.system, draft.registry)
  const site = compileSystem(merged)
  const groups = await compileGroups({ files, system: merged, before }, shop)
  const faults = [
    ...site.faults,
    ...groups.faults,
    ...findConflicts(groups.claims),
    ...(await findUnfillable({ site, groups }, shop)),
  ]
  const diagnostics = await diagnoseAll(
    { files, faults, setsTimeout: system.value.setsTimeout, registry: draft.registry },
    shop.reader,
  )
  if (diagnostics.some(({ severity }) => severity === 'error')) return err(diagnostics)
  const siteBlob = await toJsonBlob({ site: site.site, unfilled: site.unfilled })
  const manifest: Manifest = {
    context: groups.context,
    site: siteBlob.ref,
    groups: groups.nodes,
    registered: registrations(draft.registry, system.value.system),
  }
  const blobs = [...files.flatMap((file) => file.blobs), siteBlob, ...groups.blobs]
  return ok({ files, manifest, blobs, diagnostics, fresh: groups.fresh })
}

/** The registry wins over the system file. */
const withRegistry = (system: SystemDocument, registry: Registry): SystemDocument => ({
  ...system,
  upstreams: {
    ...system.upstreams,
    ...Object.fromEntries(Object.entries(registry).map(([name, { document }]) => [name, document])),
  },
})

const registrations = (
  registry: Registry,
  { upstreams }: SystemDocument,
): Readonly<Record<string, Registration>> =>
  Object.fromEntries(
    Object.entries(registry).map(([name, { owner, drainingSince, isClosed }]) => [
      name,
      {
        owner,
        shadowsFile: Object.hasOwn(upstreams, name),
        isDraining: drainingSince !== undefined,
        ...(isClosed === true && { isClosed }),
      },
    ]),
  )

/** Without it nothing else can be judged but each file by itself. */
async function readSystem(files: readonly KnownFile[], { reader }: Workshop) {
  const [file, second] = files.filter(({ name }) => SYSTEM_FILES.includes(name))
  const names = SYSTEM_FILES.join(' or ')
  if (file === undefined) return err([complain('gateway.yaml', `There is no ${names}.`)])
  if (second !== undefined) {
    return err([complain(second.name, `Only one of ${names} can be the system file.`)])
  }
  const read = await reader.open(file)
  return read?.kind === 'system'
    ? ok(read)
    : err(files.flatMap(({ reading }) => reading?.diagnostics ?? []))
}

const complain = (file: string, message: string): Diagnostic => ({
  file,
  line: 1,
  column: 1,
  severity: 'error',
  message,
})

interface Groups {
  readonly nodes: readonly GroupNode[]
  readonly context: string
  readonly fresh: ReadonlyMap<string, RoutesPart>
  /** Those of new groups, and those of others that may contradict them. */
  readonly claims: readonly Claim[]
  readonly faults: readonly Fault[]
  readonly blobs: readonly Blob[]
}

interface Material {
  readonly files: readonly KnownFile[]
  readonly system: SystemDocument
  readonly before: Manifest | undefined
}

async function compileGroups({ files, system, before }: Material, shop: Workshop): Promise<Groups> {
  const context = await hashContext(system)
  const reusable = before?.context === context ? before.groups : []
  const fresh = new Map<string, RoutesPart>()
  const nodes: GroupNode[] = []
  const claims: Claim[] = []
  const faults: Fault[] = []
  const blobs: Blob[] = []
  for (const file of files.filter(({ name }) => !SYSTEM_FILES.includes(name))) {
    const known = reusable.find((node) => node.file === file.name && node.source === file.text.hash)
    if (known !== undefined) {
      nodes.push(known)
      continue
    }
    const compiled = await compileGroup(file, system, shop.reader)
    fresh.set(file.name, compiled.part)
    nodes.push(compiled.node)
    claims.push(...compiled.claims)
    faults.push(...compiled.faults)
    blobs.push(...compiled.blobs)
  }
  if (claims.length > 0) {
    const reused = nodes.filter(({ file }) => !fresh.has(file))
    claims.push(...(await readClaims(reused, besides(claims), shop)))
  }
  return { nodes, context, fresh, claims: inOrder(claims), faults, blobs }
}

/** Groups that were compared with each other before need not be again: most of what is read is let go of at once. */
async function readClaims(
  nodes: readonly GroupNode[],
  isWanted: (claim: Claim) => boolean,
  { blobs }: Workshop,
): Promise<readonly Claim[]> {
  const texts = await blobs.read(nodes.map(({ claims }) => claims))
  return texts.flatMap((text) => (JSON.parse(text) as readonly Claim[]).filter(isWanted))
}

async function compileGroup(file: KnownFile, system: SystemDocument, reader: Reader) {
  const read = await reader.open(file)
  await new Promise((resolve) => setTimeout(resolve, 0))
  const { claims, faults, ...part } = compileRoutes(
    system,
    read?.kind === 'group' ? read.definitions : [],
  )
  const blobs = await Promise.all([toJsonBlob(part), toJsonBlob(claims)])
  const [routes, ref] = blobs
  const isWaiting = part.waiting.length > 0
  const source = file.text.hash
  const node = { file: file.name, source, isWaiting, routes: routes.ref, claims: ref.ref }
  return { node, part, claims, faults, blobs }
}

/** Routes inherit from the system file, and take a host for an upstream by its name: nothing else of them matters. */
const hashContext = ({ upstreams, ...rest }: SystemDocument): Promise<string> =>
  sha256(canonical({ ...rest, upstreams: Object.keys(upstreams).toSorted() }))

/** The later of two that exclude each other is told, as if all files had been read in one go. */
const inOrder = (claims: readonly Claim[]): readonly Claim[] =>
  claims.toSorted(({ place: a }, { place: b }) =>
    a.file === b.file ? Number(a.path[1]) - Number(b.path[1]) : a.file < b.file ? -1 : 1,
  )

interface Whole {
  readonly site: ReturnType<typeof compileSystem>
  readonly groups: Groups
}

/** What would keep this host from serving the plan: names without a value, values that do not fit. */
async function findUnfillable({ site, groups }: Whole, shop: Workshop): Promise<readonly Fault[]> {
  const hasErrors = [...site.faults, ...groups.faults].some(({ severity }) => severity === 'error')
  const isWaiting = site.unfilled.site || groups.nodes.some((node) => node.isWaiting)
  if (hasErrors || !isWaiting) return []
  const parts: RoutesPart[] = []
  for (const { file, routes } of groups.nodes) {
    parts.push(groups.fresh.get(file) ?? (await shop.parts.read<RoutesPart>(routes)))
  }
  const plan: Plan = assemble('', site, parts)
  const activated = activate(plan, shop.secret)
  return activated.ok ? [] : activated.error.map(withRemedy)
}

/** What helps where a file names a value that this gateway was not started with. */
function withRemedy(fault: Fault): Fault {
  const { missing } = fault
  if (missing === undefined) return fault
  const hint =
    `This gateway was not given ${missing}. Set it as a secret of the Worker, or start "serve" or "container" with it ` +
    `in the environment and --allow-env ${missing}; or write \${${missing}:-default}.`
  return { ...fault, hint }
}
