import type { Context } from 'hono'
import type { GatewayEnv } from '../http/context.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { Identity } from './accounts/identity.ts'
import { authenticate } from './authenticate.ts'
import { check, readBody } from './body.ts'
import type { AdminHost } from './host.ts'
import type { Call, Operation, Reply } from './operation.ts'
import { readPrecondition, toTag } from './precondition.ts'
import type { Recorder } from './recorder.ts'
import { type Refusal, refuse } from './refusal.ts'

interface Stage {
  readonly host: AdminHost
  readonly recorder: Recorder
  readonly c: Context<GatewayEnv>
}

/** Does what a request asks of an operation: who asks, may they, is it well formed, then the operation itself. */
export async function perform(
  operation: Operation,
  params: Readonly<Record<string, string>>,
  stage: Stage,
): Promise<Response> {
  const exchange = stage.c.get('exchange')
  const identity = await identify(operation, stage)
  if (!identity.ok) {
    await stage.recorder.recordStranger(operation, identity.error, exchange)
    return refuse(identity.error, exchange.requestId)
  }
  const asked = { params: named(params), identity: identity.value }
  const call = await read(operation, { ...asked, ...stage })
  if (call.ok) await stage.recorder.recordIntent(operation, call.value)
  const outcome = call.ok ? await operation.handle(call.value) : call
  await stage.recorder.recordOutcome(operation, outcome, { ...asked, exchange })
  return outcome.ok ? answer(outcome.value) : refuse(outcome.error, exchange.requestId)
}

const NOBODY: Identity = {
  user: '',
  role: 'viewer',
  credential: { kind: 'session', id: '' },
  shown: 'nobody',
}

async function identify(
  { access }: Operation,
  { host, c }: Stage,
): Promise<Result<Identity, Refusal>> {
  if (access === 'public' || access === 'bootstrap') return ok(NOBODY)
  const identity = await authenticate(host.accounts, c.req.raw.headers)
  if (!identity.ok || access.includes(identity.value.role)) return identity
  const detail = `This needs the role ${access.join(' or ')}; yours is ${identity.value.role}.`
  return err({ kind: 'forbidden', detail, audit: { who: identity.value.shown } })
}

async function read(
  operation: Operation,
  { host, recorder, c, params, identity }: Stage & Pick<Call, 'params' | 'identity'>,
): Promise<Result<Call<never, never>, Refusal>> {
  const { query: schema, body: bodyForm, needs } = operation
  const precondition = readPrecondition(c.req.raw.headers)
  if (!precondition.ok) return precondition
  if (needs === 'revision' && precondition.value.kind === 'none') {
    return err({ kind: 'precondition-required' })
  }
  const query = schema === undefined ? ok({}) : check(schema, queryOf(c), 'The query is not good.')
  if (!query.ok) return query
  const body = bodyForm === undefined ? ok(undefined) : await readBody(c.req.raw, bodyForm)
  if (!body.ok) return body
  const exchange = c.get('exchange')
  const noteAs = recorder.noteAs(operation, exchange)
  return ok({
    host,
    exchange,
    params,
    identity,
    precondition: precondition.value,
    note: noteAs(identity.shown),
    noteAs,
    // What the operation's own schemas have just made.
    query: query.value as never,
    body: body.value as never,
  })
}

/** The first value of each name, decoded. */
const queryOf = (c: Context<GatewayEnv>): Readonly<Record<string, string>> =>
  Object.fromEntries([...new URLSearchParams(c.get('exchange').query)].toReversed())

/** `documents/apis/x.yaml` names the same file as `documents/apis%2Fx.yaml`. */
function named(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { 'apis-file': name, ...others } = params
  return name === undefined ? others : { ...others, file: `apis/${name}` }
}

function answer({ status, body, text, revision, headers }: Reply): Response {
  const type = text === undefined ? 'application/json' : 'application/yaml; charset=utf-8'
  const content = text ?? (body === undefined ? null : JSON.stringify(body))
  return new Response(content, {
    status,
    headers: {
      // A proxy that compresses would weaken the entity tag.
      'cache-control': 'no-store, no-transform',
      'x-content-type-options': 'nosniff',
      ...(content !== null && { 'content-type': type }),
      ...(revision !== undefined && { etag: toTag(revision) }),
      ...headers,
    },
  })
}
