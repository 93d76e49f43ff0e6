import * as z from 'zod'
import { ok, type Result } from '../../lib/result.ts'
import type { HistoryQuery } from '../../snapshots/types.ts'
import { type Call, operation, type Operation } from '../operation.ts'
import { ifHead } from '../precondition.ts'
import { RECORDED, type Refusal } from '../refusal.ts'
import { MAY } from '../roles.ts'
import {
  authorOf,
  changeView,
  found,
  messageQuery,
  param,
  PUSH_BYTES,
  settle,
  showSnapshot,
  snapshotView,
  switchQuery,
  textFor,
} from './changes.ts'
import { changeBody, toChange } from './documents.ts'
import { showUpstream, upstreamView } from './upstream-view.ts'
import { pageOf, pageQuery } from './views.ts'

const diffView = z.object({
  files: z.array(
    z.object({
      name: z.string(),
      before: z.string().nullable().describe('The text; `null` where the file is not there.'),
      after: z.string().nullable(),
    }),
  ),
  upstreams: z.array(
    z.object({
      name: z.string(),
      before: upstreamView.nullable(),
      after: upstreamView.nullable(),
    }),
  ),
})

/** The history. */
export const snapshotOperations: readonly Operation[] = [
  operation({
    id: 'listSnapshots',
    method: 'GET',
    path: '/snapshots',
    summary: 'The history, newest first; the `ETag` is the hash of the head.',
    access: MAY.read,
    query: pageQuery.extend({
      of: z.enum(['documents', 'upstreams']).optional().describe('Only steps of this history.'),
    }),
    answers: {
      200: { description: 'Snapshots.', schema: pageOf(snapshotView), hasRevision: true },
    },
    handle: async ({ host, query }) => {
      const [head, page] = await Promise.all([
        host.snapshots.head(),
        host.snapshots.list(toHistoryQuery(query)),
      ])
      const body = { ...page, items: page.items.map(showSnapshot) }
      return ok({ status: 200, body, revision: head.snapshot.hash })
    },
  }),
  operation({
    id: 'publish',
    method: 'POST',
    path: '/snapshots',
    summary: 'Publishes several files at once: all of them serve, or nothing changes.',
    access: MAY.edit,
    needs: 'revision',
    body: {
      types: ['application/json'],
      schema: changeBody.extend({ message: z.string().max(1000).default('') }),
      limitBytes: PUSH_BYTES,
    },
    answers: { 201: { description: 'Published.', schema: changeView, hasRevision: true } },
    refuses: [422],
    handle: async (call) => {
      const seen = await ifHead(call.precondition, call.host)
      if (!seen.ok) return seen
      const change = { ...toChange(call.body), ...seen.value }
      const changed = await call.host.snapshots.publish(change, authorOf(call, call.body.message))
      return settle(changed, ({ hash }) => ({ status: 201, revision: hash }))
    },
  }),
  operation({
    id: 'getSnapshot',
    method: 'GET',
    path: '/snapshots/{hash}',
    summary: 'Shows a snapshot.',
    access: MAY.read,
    answers: { 200: { description: 'The snapshot.', schema: snapshotView } },
    refuses: [404],
    handle: async (call) => {
      const hash = await toHash(call, param(call, 'hash'))
      const snapshot = found(await call.host.snapshots.find(hash), 'such snapshot')
      return snapshot.ok ? ok({ status: 200, body: showSnapshot(snapshot.value) }) : snapshot
    },
  }),
  operation({
    id: 'diff',
    method: 'GET',
    path: '/snapshots/{hash}/diff',
    summary: 'What lies between a snapshot and another one.',
    access: MAY.read,
    query: z.object({
      to: z.string().default('head').describe('Hash of the later snapshot, or `head`.'),
    }),
    answers: { 200: { description: 'The differences.', schema: diffView } },
    refuses: [404],
    handle: showDiff,
  }),
  operation({
    id: 'rollback',
    method: 'POST',
    path: '/snapshots/{hash}/rollback',
    summary:
      "Publishes an earlier snapshot's documents again; today's upstreams stay unless asked.",
    access: MAY.edit,
    needs: 'revision',
    query: messageQuery.extend({
      'with-upstreams': switchQuery("Also returns to the snapshot's upstreams."),
    }),
    answers: { 200: { description: 'Rolled back.', schema: changeView, hasRevision: true } },
    refuses: [404, 422],
    handle: async (call) => {
      const seen = await ifHead(call.precondition, call.host)
      if (!seen.ok) return seen
      const withUpstreams = call.query['with-upstreams']
      const changed = await call.host.snapshots.rollback(
        { to: param(call, 'hash'), withUpstreams, ...seen.value },
        authorOf(call, call.query.message),
      )
      return settle(changed, ({ hash }) => ({ status: 200, revision: hash }))
    },
  }),
  pin('pinSnapshot', 'PUT', 'Keeps a snapshot whatever `retain` says.'),
  pin('unpinSnapshot', 'DELETE', 'Lets a snapshot go when its time has come.'),
]

function pin(id: string, method: 'PUT' | 'DELETE', summary: string): Operation {
  return operation({
    id,
    method,
    path: '/snapshots/{hash}/pin',
    summary,
    access: MAY.edit,
    answers: { 200: { description: 'The snapshot.', schema: snapshotView } },
    refuses: [404],
    handle: async (call) => {
      const { message: _, ...actor } = authorOf(call, '')
      const pinned = await call.host.snapshots.pin(param(call, 'hash'), method === 'PUT', actor)
      const snapshot = found(pinned, 'such snapshot')
      if (!snapshot.ok) return snapshot
      return ok({
        status: 200,
        body: showSnapshot(snapshot.value),
        audit: RECORDED,
      })
    },
  })
}

async function showDiff(
  call: Call<{ to: string }>,
): Promise<Result<object & { status: number }, Refusal>> {
  const [from, to] = await Promise.all([
    toHash(call, param(call, 'hash')),
    toHash(call, call.query.to),
  ])
  const diff = found(await call.host.snapshots.diff(from, to), 'such snapshot')
  if (!diff.ok) return diff
  const { files, upstreams } = diff.value
  const show = (text: string | undefined) => (text === undefined ? null : textFor(call, text))
  const body = {
    files: files.map(({ name, before, after }) => ({
      name,
      before: show(before),
      after: show(after),
    })),
    upstreams: upstreams.map(({ name, before, after }) => ({
      name,
      before: before === undefined ? null : showUpstream(before),
      after: after === undefined ? null : showUpstream(after),
    })),
  }
  return ok({ status: 200, body })
}

const toHash = async ({ host }: Call, text: string): Promise<string> =>
  text === 'head' ? (await host.snapshots.head()).snapshot.hash : text

const toHistoryQuery = (query: {
  limit: number
  cursor?: string | undefined
  of?: 'documents' | 'upstreams' | undefined
}): HistoryQuery => ({
  limit: query.limit,
  ...(query.cursor !== undefined && { cursor: query.cursor }),
  ...(query.of !== undefined && { of: query.of }),
})
