import { own } from '../lib/own.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { sha256 } from '../lib/sha256.ts'
import type { Archive } from './archive.ts'
import { auditPut, type Deed } from './audit.ts'
import { build, type Built, type Draft } from './build.ts'
import { findConsequences } from './consequences.ts'
import { findSnapshot, toSnapshot } from './content.ts'
import { moveHead } from './move-head.ts'
import { project } from './project.ts'
import { createReader } from './reading.ts'
import { hashRegistry, readState, type State } from './state.ts'
import { sweep } from './sweep.ts'
import type { Authorship, Changed, Consequences, Refused } from './types.ts'
import { type Desk, withBundle } from './with-bundle.ts'

/** Makes a draft of a state, or says why not; asked again when somebody else has moved the head. */
export type Editor = (state: State) => Promise<Result<Draft, Refused>> | Result<Draft, Refused>

/** A change, for the audit. */
export type Act = Pick<Deed, 'action' | 'target'>

/** Each round somebody else has won, so the store is busy, not broken. */
const MOST_ROUNDS = 100

/**
 * Changes the head: draft, compile, store what is new, move. When the head has moved meanwhile, all of it is done again
 * on the new one, so that only those contradict each other who changed the same.
 */
export async function change(
  archive: Archive,
  editor: Editor,
  by: Authorship & Act,
): Promise<Changed> {
  const reader = createReader(archive.blobs, archive.allowMissing)
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const state = await readState(archive.store, archive.blobs, archive.seed)
    const changed = await attempt({ archive, reader, state }, editor, by)
    if (changed === 'again') continue
    if (changed.kind !== 'done' && changed.kind !== 'unchanged') {
      await archive.store.commit({
        expect: {},
        put: auditPut(toDeed(by, changed.kind), archive.now()),
      })
    }
    return changed
  }
  return { kind: 'busy' }
}

/** Compiles a change without making it. */
export async function preview(
  archive: Archive,
  editor: Editor,
): Promise<Result<Consequences, Refused>> {
  const reader = createReader(archive.blobs, archive.allowMissing)
  const state = await readState(archive.store, archive.blobs, archive.seed)
  const draft = await editor(state)
  if (!draft.ok) return draft
  const desk = await withBundle({ archive, reader, state })
  const built = await buildDraft(desk, await settle(draft.value, state))
  if (!built.ok) return built
  return ok(await findConsequences(built.value, desk.state.manifest, desk.archive.parts))
}

async function attempt(
  desk: Desk,
  editor: Editor,
  by: Authorship & Act,
): Promise<Changed | 'again'> {
  const { state, archive } = desk
  if (!state.isStored && Object.keys(archive.seed).length > 0) {
    const seeded = await publish(desk, { files: state.files, registry: {} }, SEED)
    return seeded === 'again' || seeded.kind === 'done' ? 'again' : seeded
  }
  const draft = await editor(state)
  if (!draft.ok) return draft.error
  const settled = await settle(draft.value, state)
  if (state.isStored && (await isSame(settled, state))) {
    const found = await findSnapshot(archive, state.snapshot.hash)
    if (found === undefined) return 'again'
    return { kind: 'unchanged', snapshot: toSnapshot(found) }
  }
  const published = await publish(desk, settled, by)
  if (published !== 'again' && published.kind === 'done') await follow(archive)
  return published
}

const SEED: Authorship & Act = {
  name: 'cb-bridge',
  address: '',
  message: 'the configuration of the bundle',
  action: 'publish',
  target: 'the bundle',
}

/** A text that the head has already is the head's. */
async function settle({ files, registry }: Draft, state: State): Promise<Draft> {
  const settled = await Promise.all(
    Object.entries(files).map(async ([name, file]) => {
      const node = own(state.files, name)
      if (node === undefined || typeof node === 'string') return [name, file] as const
      const hash = typeof file === 'string' ? await sha256(file) : file.text.hash
      return [name, hash === node.text.hash ? node : file] as const
    }),
  )
  return { files: Object.fromEntries(settled), registry }
}

async function isSame({ files, registry }: Draft, state: State): Promise<boolean> {
  const names = Object.keys(files)
  return (
    names.length === Object.keys(state.files).length &&
    names.every((name) => files[name] === own(state.files, name)) &&
    (await hashRegistry(registry)) === state.snapshot.upstreams
  )
}

async function buildDraft(desk: Desk, draft: Draft): Promise<Result<Built, Refused>> {
  const { reader, state, archive } = desk
  const { blobs, parts, secret } = archive
  const built = await build(draft, state.manifest, { reader, blobs, parts, secret })
  return built.ok ? built : err({ kind: 'invalid', diagnostics: built.error })
}

async function publish(desk: Desk, draft: Draft, by: Authorship & Act): Promise<Changed | 'again'> {
  const { state, archive } = desk
  const built = await buildDraft(desk, draft)
  if (!built.ok) return built.error
  const consequences = await findConsequences(built.value, state.manifest, archive.parts)
  const work = { state, registry: draft.registry, built: built.value }
  const snapshot = await moveHead(archive, work, { ...by, deed: toDeed(by, 'done') })
  return snapshot === undefined
    ? 'again'
    : { kind: 'done', snapshot: { ...snapshot, isPinned: false }, consequences }
}

const toDeed = ({ name, address, action, target }: Authorship & Act, result: string): Deed => ({
  who: name,
  from: address,
  action,
  target,
  result,
})

/** What a change brings along. The change itself is done: what goes wrong here is told and made good next time. */
async function follow(archive: Archive): Promise<void> {
  for (const step of [archive.onMoved, () => project(archive), () => sweep(archive)]) {
    try {
      await step()
    } catch (cause) {
      archive.report(cause)
    }
  }
}
