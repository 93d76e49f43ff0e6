import * as z from 'zod'
import { parseDuration } from '../../lib/duration.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import type { RegisteredUpstream } from '../../snapshots/types.ts'
import { type Call, operation, type Operation } from '../operation.ts'
import { expected } from '../precondition.ts'
import type { Refusal } from '../refusal.ts'
import { MAY } from '../roles.ts'
import { authorOf, changeView, messageQuery, param, settle, switchQuery } from './changes.ts'
import { showUpstream, upstreamView } from './upstream-view.ts'
import { SMALL_BYTES } from './views.ts'

const changeQuery = messageQuery.extend({
  force: switchQuery('Also when another owns it, or, for DELETE, a route needs it.'),
  owner: z.string().max(200).optional().describe('On whose behalf; the caller when absent.'),
})

const drainView = z.object({
  state: z.enum(['open', 'draining', 'drained']),
  inFlight: z
    .int()
    .describe('Requests in flight, as isolates seen in the last 30 s have reported.'),
  unconfirmed: z
    .int()
    .describe('Isolates seen in the last 30 s that have not confirmed the drain.'),
})

/** The registry of upstreams. Each has a revision and an owner of its own. */
export const upstreamOperations: readonly Operation[] = [
  operation({
    id: 'listUpstreams',
    method: 'GET',
    path: '/upstreams',
    summary: 'Lists the registered upstreams.',
    access: MAY.readUpstreams,
    answers: {
      200: { description: 'By name.', schema: z.object({ items: z.array(upstreamView) }) },
    },
    handle: async ({ host }) => {
      const upstreams = await host.snapshots.upstreams()
      return ok({ status: 200, body: { items: upstreams.map(showUpstream) } })
    },
  }),
  operation({
    id: 'getUpstream',
    method: 'GET',
    path: '/upstreams/{name}',
    summary: 'Shows an upstream and how far its drain is.',
    access: MAY.readUpstreams,
    answers: {
      200: {
        description: 'The upstream.',
        schema: upstreamView.extend({ drain: drainView }),
        hasRevision: true,
      },
    },
    refuses: [404],
    handle: async (call) => {
      const upstream = await findUpstream(call)
      if (!upstream.ok) return upstream
      const drain = await call.host.snapshots.drainStatus(upstream.value.name)
      const body = { ...showUpstream(upstream.value), drain: drain ?? OPEN }
      return ok({ status: 200, body, revision: upstream.value.revision })
    },
  }),
  operation({
    id: 'putUpstream',
    method: 'PUT',
    path: '/upstreams/{name}',
    summary: 'Registers or changes an upstream; routes call it at once. Ends a drain.',
    access: MAY.wire,
    needs: 'revision',
    query: changeQuery,
    body: {
      types: ['application/json'],
      schema: z
        .looseObject({ owner: z.string().min(1).max(200).exactOptional() })
        .describe('The keys of `upstreams:` in the system file, and perhaps `owner`.'),
      limitBytes: SMALL_BYTES,
    },
    answers: {
      200: { description: 'Changed.', schema: changeView, hasRevision: true },
      201: { description: 'Registered.', schema: changeView, hasRevision: true },
    },
    refuses: [409, 422],
    handle: putUpstream,
  }),
  operation({
    id: 'removeUpstream',
    method: 'DELETE',
    path: '/upstreams/{name}',
    summary: 'Removes an upstream that no route needs, or closes it for those that do.',
    access: MAY.wire,
    needs: 'revision',
    query: changeQuery.extend({
      closed: switchQuery(
        'Routes that need it answer 503 until it is registered again or another system file is published.',
      ),
    }),
    answers: { 200: { description: 'Removed.', schema: changeView } },
    refuses: [404, 409, 422],
    handle: async (call) => {
      const target = await aim(call)
      if (!target.ok) return target
      const { message, closed } = call.query
      const by = authorOf(call, message)
      const changed = await call.host.snapshots.removeUpstream({ ...target.value, closed }, by)
      return settle(changed, () => ({ status: 200 }))
    },
  }),
  operation({
    id: 'drainUpstream',
    method: 'POST',
    path: '/upstreams/{name}/drain',
    summary: 'Ends new requests to an upstream; GET tells when those in flight are over.',
    access: MAY.wire,
    needs: 'revision',
    query: changeQuery.extend({
      timeout: z
        .string()
        .refine((text) => (parseDuration(text) ?? -1) >= 0, 'Write it like "60s".')
        .optional()
        .describe('After which it counts as drained in any case; 60 s when absent.'),
    }),
    answers: { 202: { description: 'It drains.', schema: changeView, hasRevision: true } },
    refuses: [404, 409],
    handle: async (call) => {
      const target = await aim(call)
      if (!target.ok) return target
      const { message, timeout = '' } = call.query
      const drainTimeoutMs = parseDuration(timeout)
      const changed = await call.host.snapshots.drainUpstream(
        { ...target.value, ...(drainTimeoutMs !== undefined && { drainTimeoutMs }) },
        authorOf(call, message),
      )
      return settle(changed, ({ number }) => ({
        status: 202,
        revision: changed.kind === 'unchanged' ? target.value.ifRevision : number,
      }))
    },
  }),
]

const OPEN = { state: 'open', inFlight: 0, unconfirmed: 0 } as const

interface ChangeQuery {
  readonly message: string
  readonly force: boolean
  readonly owner?: string | undefined
}

/** The keys of `upstreams:` are checked by the store, which knows the rest of the configuration. */
type UpstreamBody = { readonly owner?: string } & Readonly<Record<string, unknown>>

async function putUpstream(call: Call<ChangeQuery, UpstreamBody>) {
  const { host, query, body, precondition } = call
  const name = param(call, 'name')
  const before = (await lookUp(call))?.revision ?? 0
  const revision = expected(precondition, before, name)
  if (!revision.ok) return revision
  const { owner, ...document } = withoutViewKeys(body)
  const changed = await host.snapshots.putUpstream(
    {
      name,
      document,
      owner: owner ?? query.owner ?? ownerOf(call),
      ifRevision: revision.value,
      force: query.force,
    },
    authorOf(call, query.message),
  )
  return settle(changed, ({ number }) => ({
    status: before === 0 ? 201 : 200,
    revision: changed.kind === 'unchanged' ? before : number,
  }))
}

/** What GET adds to an upstream may come back with it. */
const withoutViewKeys = ({
  name: _name,
  revision: _revision,
  by: _by,
  written: _written,
  draining_since: _since,
  drain: _drain,
  ...rest
}: UpstreamBody) => rest

const ownerOf = ({ identity }: Call): string => `user ${identity.user}`

/** The upstream that a call is about, with the revision and owner that the caller has in mind. */
async function aim(call: Call<ChangeQuery>) {
  const upstream = await findUpstream(call)
  if (!upstream.ok) return upstream
  const { name, revision } = upstream.value
  const seen = expected(call.precondition, revision, name)
  if (!seen.ok) return seen
  const { force, owner = ownerOf(call) } = call.query
  return ok({ name, owner, force, ifRevision: seen.value })
}

const lookUp = async (call: Call): Promise<RegisteredUpstream | undefined> =>
  (await call.host.snapshots.upstreams()).find(({ name }) => name === param(call, 'name'))

async function findUpstream(call: Call): Promise<Result<RegisteredUpstream, Refusal>> {
  const upstream = await lookUp(call)
  return upstream === undefined
    ? err({ kind: 'not-found', detail: 'There is no such upstream in the registry.' })
    : ok(upstream)
}
