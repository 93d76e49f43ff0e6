import { own } from '../lib/own.ts'
import { err, ok } from '../lib/result.ts'
import type { Archive } from './archive.ts'
import type { Editor } from './change.ts'
import { readText } from './content.ts'
import { checkSeen } from './documents.ts'
import type { EndpointPatch } from './types.ts'

/** Changes keys of one endpoint in the text of its file. */
export const editEndpoint =
  (patch: EndpointPatch, archive: Archive): Editor =>
  async (state) => {
    const { file, ifRevision } = patch
    const seen = ifRevision === undefined ? {} : { [file]: ifRevision }
    const refusal = checkSeen(state, seen, undefined)
    if (refusal !== undefined) return err(refusal)
    const known = own(state.files, file)
    if (known === undefined) return err({ kind: 'missing', what: file })
    const { patchEndpoint } = await import('./patch-yaml.ts')
    const text = patchEndpoint(await readText(archive, known), patch)
    if (text === undefined) return err({ kind: 'missing', what: patch.endpoint })
    return ok({ files: { ...state.files, [file]: text }, registry: state.registry })
  }
