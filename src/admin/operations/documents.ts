import * as z from 'zod'
import { err, ok } from '../../lib/result.ts'
import type { DocumentChange, FileEntry } from '../../snapshots/types.ts'
import { type Call, operation, type Operation } from '../operation.ts'
import { expected } from '../precondition.ts'
import { MAY } from '../roles.ts'
import {
  authorOf,
  changeView,
  consequencesView,
  diagnosticView,
  explain,
  found,
  messageQuery,
  param,
  PUSH_BYTES,
  settle,
  textFor,
} from './changes.ts'
import { SMALL_BYTES } from './views.ts'

const snapshotQuery = z.object({
  snapshot: z.string().optional().describe('Hash of a snapshot; the head when absent.'),
})

const fileView = z.object({
  name: z.string(),
  revision: z.int().describe('Its `ETag`.'),
  hash: z.string().describe('SHA-256 of the text.'),
  bytes: z.int(),
})

const yaml = { types: ['application/yaml'], schema: z.string(), limitBytes: PUSH_BYTES } as const

const changeBody = z.object({
  put: z.record(z.string(), z.string()).default({}).describe('Texts by file name.'),
  remove: z.array(z.string()).default([]),
  complete: z.boolean().default(false).describe('Files that are not in `put` are removed.'),
})

/** A change as a body says it. */
export const toChange = (body: z.output<typeof changeBody>): DocumentChange => ({
  put: body.put,
  remove: body.remove,
  isComplete: body.complete,
})
export { changeBody }

/** The files of the configuration. A file is `gateway.yaml` or `apis/<name>.yaml`. */
export const documentOperations: readonly Operation[] = [
  operation({
    id: 'listDocuments',
    method: 'GET',
    path: '/documents',
    summary: 'Lists the files of a snapshot.',
    access: MAY.read,
    query: snapshotQuery,
    answers: {
      200: {
        description: 'Files by name; the `ETag` is the hash of the head.',
        schema: z.object({ items: z.array(fileView) }),
        hasRevision: true,
      },
    },
    refuses: [404],
    handle: async ({ host, query }) => {
      const head = query.snapshot ?? (await host.snapshots.head()).snapshot.hash
      const files = found(await host.snapshots.files(head), 'such snapshot')
      return files.ok
        ? ok({ status: 200, body: { items: files.value.map(showFile) }, revision: head })
        : files
    },
  }),
  operation({
    id: 'getDocument',
    method: 'GET',
    path: '/documents/{file}',
    summary:
      "The text of a file as it was pushed, comments included; viewers see '***' for credentials in it.",
    access: MAY.read,
    query: snapshotQuery,
    answers: { 200: { description: 'YAML.', type: 'application/yaml', hasRevision: true } },
    refuses: [404],
    handle: async (call) => {
      const name = param(call, 'file')
      const file = found(await call.host.snapshots.readFile(name, call.query.snapshot), 'such file')
      if (!file.ok) return file
      const { text, revision } = file.value
      return ok({ status: 200, text: textFor(call, text), revision })
    },
  }),
  operation({
    id: 'putDocument',
    method: 'PUT',
    path: '/documents/{file}',
    summary:
      'Publishes a file: it is compiled with all others and serves at once, or nothing changes.',
    access: MAY.edit,
    needs: 'revision',
    query: messageQuery,
    body: yaml,
    answers: {
      200: { description: 'Changed.', schema: changeView, hasRevision: true },
      201: { description: 'Created.', schema: changeView, hasRevision: true },
    },
    refuses: [422],
    handle: putFile,
  }),
  operation({
    id: 'removeDocument',
    method: 'DELETE',
    path: '/documents/{file}',
    summary: 'Publishes the configuration without a file.',
    access: MAY.edit,
    needs: 'revision',
    query: messageQuery,
    answers: { 200: { description: 'Removed.', schema: changeView } },
    refuses: [404, 422],
    handle: async (call) => {
      const name = param(call, 'file')
      const file = found(await readFile(call, name), 'such file')
      if (!file.ok) return file
      const revision = expected(call.precondition, file.value.revision, name)
      if (!revision.ok) return revision
      const change = { put: {}, remove: [name], ifRevisions: { [name]: revision.value } }
      const changed = await call.host.snapshots.publish(change, authorOf(call, call.query.message))
      return settle(changed, () => ({ status: 200 }))
    },
  }),
  operation({
    id: 'patchEndpoint',
    method: 'PATCH',
    path: '/documents/{file}/endpoints/{endpoint}',
    summary: 'Changes keys of one endpoint and keeps the rest of its file, comments included.',
    access: MAY.edit,
    needs: 'revision',
    query: messageQuery,
    body: {
      types: ['application/json'],
      schema: z
        .record(z.string(), z.unknown())
        .describe('New values by key, e.g. `{"active": false}`; `null` removes a key.'),
      limitBytes: SMALL_BYTES,
    },
    answers: { 200: { description: 'Changed.', schema: changeView, hasRevision: true } },
    refuses: [404, 422],
    handle: patchEndpoint,
  }),
  operation({
    id: 'validate',
    method: 'POST',
    path: '/validate',
    summary: 'Tells what a change would lead to, without doing it.',
    access: MAY.read,
    isHarmless: true,
    query: z.object({
      file: z
        .string()
        .default('apis/validated.yaml')
        .describe('Name of the file, when the body is YAML.'),
    }),
    body: {
      types: ['application/json', 'application/yaml'],
      schema: z.union([changeBody, z.string()]),
      limitBytes: PUSH_BYTES,
    },
    answers: {
      200: {
        description: 'Whether it fits, and what it would change.',
        schema: z.union([
          z.object({ ok: z.literal(true), consequences: consequencesView }),
          z.object({ ok: z.literal(false), diagnostics: z.array(diagnosticView) }),
        ]),
      },
    },
    handle: async ({ host, query, body }) => {
      const change = typeof body === 'string' ? { put: { [query.file]: body } } : toChange(body)
      const previewed = await host.snapshots.preview(change)
      if (previewed.kind === 'valid') {
        return ok({ status: 200, body: { ok: true, consequences: previewed.consequences } })
      }
      return previewed.kind === 'invalid'
        ? ok({ status: 200, body: { ok: false, diagnostics: previewed.diagnostics } })
        : err(explain(previewed))
    },
  }),
]

const showFile = ({ name, revision, hash, bytes }: FileEntry) => ({ name, revision, hash, bytes })

/** A file of the head, without its text. */
async function readFile({ host }: Pick<Call, 'host'>, name: string) {
  return (await host.snapshots.files())?.find((file) => file.name === name)
}

async function putFile(call: Call<{ message: string }, string>) {
  const { host, precondition, query, body } = call
  const name = param(call, 'file')
  const before = (await readFile(call, name))?.revision ?? 0
  const revision = expected(precondition, before, name)
  if (!revision.ok) return revision
  const change = { put: { [name]: body }, ifRevisions: { [name]: revision.value } }
  const changed = await host.snapshots.publish(change, authorOf(call, query.message))
  return settle(changed, ({ number }) => ({
    status: before === 0 ? 201 : 200,
    revision: changed.kind === 'unchanged' ? before : number,
  }))
}

async function patchEndpoint(call: Call<{ message: string }, Readonly<Record<string, unknown>>>) {
  const { host, precondition, query, body } = call
  const name = param(call, 'file')
  const file = found(await readFile(call, name), 'such file')
  if (!file.ok) return file
  const before = file.value.revision
  const revision = expected(precondition, before, name)
  if (!revision.ok) return revision
  const endpoint = param(call, 'endpoint')
  const changed = await host.snapshots.patchEndpoint(
    { file: name, endpoint, set: body, ifRevision: revision.value },
    authorOf(call, query.message),
  )
  return settle(changed, ({ number }) => ({
    status: 200,
    revision: changed.kind === 'unchanged' ? before : number,
  }))
}
