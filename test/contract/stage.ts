import { afterAll, beforeAll, describe, expect, inject } from 'vitest'
import { controlUpstream, type Echo, type Upstream } from '../support/script.ts'
import { BOOTSTRAP } from './administrator.ts'
import access from './fixture/apis/access.yaml?raw'
import answers from './fixture/apis/answers.yaml?raw'
import forwarding from './fixture/apis/forwarding.yaml?raw'
import merge from './fixture/apis/merge.yaml?raw'
import routing from './fixture/apis/routing.yaml?raw'
import sequential from './fixture/apis/sequential.yaml?raw'
import shaping from './fixture/apis/shaping.yaml?raw'
import streaming from './fixture/apis/streaming.yaml?raw'
import gateway from './fixture/gateway.yaml?raw'
import { ACCESS_KEY, fixedSigner, JWKS_KEY, SHARED_SECRET } from './tokens.ts'
import type { Configuration, Feature, Host, Running, Values, Wire } from './host.ts'

/** The configuration that most cases share, so that a host starts once per test file. */
export const fixture: Configuration = {
  system: gateway,
  apis: {
    'access.yaml': access,
    'answers.yaml': answers,
    'forwarding.yaml': forwarding,
    'merge.yaml': merge,
    'routing.yaml': routing,
    'sequential.yaml': sequential,
    'shaping.yaml': shaping,
    'streaming.yaml': streaming,
  },
}

/** Credentials that are easy to find where they must not be. */
export const SECRETS = {
  GUARDED_USER: 'spider-user',
  GUARDED_PASSWORD: 'MARKER-guarded-password',
  PAIR_TOKEN: 'MARKER-pair-token',
  TENANT_TOKEN: 'MARKER-tenant-token',
  ACCESS_KEY,
  SHARED_SECRET,
} as const

/** An address that refuses connections. */
export const CLOSED_URL = 'http://127.0.0.1:1'

/** Opens `/__metrics` where it is not public. */
export const METRICS_TOKEN = 'contract-metrics-token'

/** The values of the fixture's references. */
export function fixtureValues(): Values {
  const { first, second } = inject('upstreams')
  return {
    UPSTREAM_URL: first,
    SECOND_URL: second,
    CLOSED_URL,
    METRICS_TOKEN,
    CB_BRIDGE_BOOTSTRAP: BOOTSTRAP,
    STATIC_KEYS: JSON.stringify({ keys: [fixedSigner.jwk] }),
    JWKS_PATH: JWKS_KEY,
    ...SECRETS,
  }
}

/** What a case works with, once its tests run. */
export interface Stage {
  readonly gateway: Running
  /** The gateway's port; only for cases under `describeOn(host, 'socket', ...)`. */
  readonly wire: Wire
  readonly first: Upstream
  readonly second: Upstream
}

const started = new Map<Host, Promise<Running>>()

/** Runs the fixture on a host, started by the first case that asks for it and stopped at the end of the file. */
export function useFixture(host: Host): Stage {
  return useGateway(() => {
    const running = started.get(host) ?? host.start(fixture, fixtureValues())
    started.set(host, running)
    return running
  })
}

/** Stops what `useFixture` started; called once per file. */
export function stopAtTheEnd(host: Host): void {
  afterAll(async () => {
    const running = await started.get(host)
    await running?.close()
  })
}

/** Runs another configuration for the cases of one `describe`. */
export function useConfiguration(host: Host, configuration: Configuration): Stage {
  let running: Running | undefined
  afterAll(() => running?.close())
  return useGateway(async () => (running = await host.start(configuration, fixtureValues())))
}

function useGateway(start: () => Promise<Running>): Stage {
  let running: Running | undefined
  beforeAll(async () => {
    running = await start()
  }, 20_000)
  const upstreams = inject('upstreams')
  const stage = {
    first: controlUpstream(upstreams.first),
    second: controlUpstream(upstreams.second),
    get gateway(): Running {
      if (running === undefined) throw new Error('the gateway runs only inside tests')
      return running
    },
    get wire(): Wire {
      if (running?.wire === undefined) throw new Error('this host has no socket')
      return running.wire
    },
  }
  return stage
}

/** `describe`, or a skipped one that names the reason, when the host lacks a feature. */
export function describeOn(host: Host, feature: Feature, title: string, declare: () => void): void {
  const reason = host.lacks[feature]
  if (reason === undefined) describe(title, declare)
  else describe.skip(`${title} (not on ${host.name}: ${reason})`, declare)
}

/** The request as the upstream saw it, from an echoed answer. */
export async function echoOf(answer: Response): Promise<Echo> {
  expect(answer.status).toBe(200)
  return (await answer.json()) as Echo
}

/** All values of a header, in order. */
export const valuesOf = (request: Pick<Echo, 'headers'>, name: string): readonly string[] =>
  request.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)

/** A problem that the gateway itself answers with (RFC 9457). */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly request_id: string
  readonly parts?: readonly Readonly<Record<string, unknown>>[]
}

/** Checks that an answer is a problem that tells a client enough and no more, and returns it. */
export async function problemOf(answer: Response): Promise<Problem> {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  const text = await answer.text()
  expectNoInternals(text)
  const problem = JSON.parse(text) as Problem
  expect(problem).toMatchObject({
    type: expect.any(String),
    title: expect.any(String),
    status: answer.status,
    detail: expect.any(String),
    request_id: expect.stringMatching(/.{8,}/),
  })
  return problem
}

/** Nothing that clients see names an upstream, its address, a file of ours or a stack frame. */
export function expectNoInternals(text: string): void {
  expect(text).not.toMatch(/127\.0\.0\.1|localhost|\.ts\b|\n\s+at |ECONN|MARKER/)
}

/** The headers that tell how an endpoint's answer came about. */
export function expectStamp(answer: Response, isComplete: boolean): string {
  expect(answer.headers.get('x-cb-restapigw')).toMatch(/^Version \d+\.\d+\.\d+/)
  expect(answer.headers.get('x-cb-restapigw-completed')).toBe(String(isComplete))
  const messages = answer.headers.get('x-cb-restapigw-messages') ?? ''
  expectNoInternals(messages)
  if (isComplete) expect(messages).toBe('OK')
  else expect(messages).not.toMatch(/^(OK)?$/)
  return messages
}
