import type * as z from 'zod'
import { err, ok, type Result } from '../../lib/result.ts'
import { at, conform, isPlainMap, silent } from '../conform.ts'
import type { Complaint, Fault, Place, Severity } from '../diagnostics.ts'
import type { Definition } from '../document.ts'
import { faultsOf } from '../issues.ts'
import { answersUsed, braceEndpoint, bracePattern } from '../placeholders.ts'
import { hasReference } from '../references.ts'
import { definitionSchema } from './definition.ts'
import { type Reading, readMiddleware } from './middleware.ts'

type Data = Readonly<Record<string, unknown>>

/**
 * A definition as plain data (YAML's, or one that was decoded and filled before) to its checked form. Decoding the
 * result again yields the same. Only errors are reported; `load` tells the rest.
 */
export function decodeDefinition(raw: unknown, place: Place): Result<Definition, readonly Fault[]> {
  const errors: Fault[] = []
  const report = (fault: Fault) => {
    if (fault.severity === 'error') errors.push(fault)
  }
  const definition = readDefinition(raw, place, { ...silent, report, allowsMissing: false })
  return definition === undefined || errors.length > 0 ? err(errors) : ok(definition)
}

/** The same with every fault reported; undefined when it cannot be used. */
export function readDefinition(
  raw: unknown,
  place: Place,
  reading: Reading,
): Definition | undefined {
  const data = conform(definitionSchema, raw, place, reading)
  if (!isPlainMap(data)) {
    reading.report({ severity: 'error', message: 'An endpoint must be a map.', place })
    return undefined
  }
  const settled = settle(data, place, reading)
  const checked = definitionSchema.safeParse(settled)
  if (!checked.success) {
    faultsOf(checked.error, settled, place).forEach(reading.report)
    return undefined
  }
  return withBlocks(checked.data, settled)
}

/** What must be known about a definition whether or not its fields fit the schema, so that all faults are told at once. */
function settle(data: Data, place: Place, reading: Reading): Data {
  const middleware = readMiddleware(
    data['middleware'],
    'endpoint',
    at(place, 'middleware'),
    reading,
  )
  const isSequential = middleware['mw-proxy']?.['sequential'] === true
  const endpoint =
    typeof data['endpoint'] === 'string' ? braceEndpoint(data['endpoint']) : data['endpoint']
  const subject: Subject = { data: { ...data, endpoint }, place, isSequential, reading }
  const { backend } = data
  if (!Array.isArray(backend)) return { ...subject.data, middleware }
  return {
    ...subject.data,
    ...settleActive(subject, backend.length),
    middleware,
    backend: backend.map((item: unknown, index) =>
      isPlainMap(item) ? settleBackend(item, index, subject) : item,
    ),
  }
}

interface Subject {
  readonly data: Data
  readonly place: Place
  readonly isSequential: boolean
  readonly reading: Reading
}

function settleBackend(backend: Data, index: number, subject: Subject): Data {
  const { place, reading } = subject
  const here = at(place, 'backend', index)
  checkHosts(backend, here, subject)
  return {
    ...backend,
    ...settlePattern(backend['url_pattern'], index, subject),
    ...settleBalance(backend['lb_mode'], at(here, 'lb_mode'), reading),
    middleware: readMiddleware(backend['middleware'], 'backend', at(here, 'middleware'), reading),
  }
}

function settlePattern(pattern: unknown, index: number, subject: Subject): Data {
  const { endpoint } = subject.data
  if (typeof pattern !== 'string') return {}
  // The original sends a bypass request's own path, whatever the pattern says.
  if (typeof endpoint !== 'string' || isBypass(endpoint)) return {}
  const place = at(subject.place, 'backend', index, 'url_pattern')
  const { pattern: braced, complaints } = bracePattern(pattern, endpoint)
  for (const complaint of complaints) subject.reading.report({ ...complaint, place })
  const tooLate = answersUsed(braced, endpoint).find(
    (answer) => answer >= index || !subject.isSequential,
  )
  if (tooLate !== undefined) {
    say(subject.reading, 'warning', place, {
      message: `Answer ${tooLate} is not there yet when this call is made.`,
      hint: subject.isSequential
        ? 'A call can use the answers of the calls before it; the first one is 0.'
        : 'Set "sequential: true" in the endpoint\'s "mw-proxy".',
    })
  }
  return { url_pattern: braced }
}

function settleBalance(mode: unknown, place: Place, reading: Reading): Data {
  if (typeof mode !== 'string' || hasReference(mode)) return {}
  const word = mode.toLowerCase()
  if (word !== 'rr' && word !== 'wrr' && word !== 'random' && word !== '') {
    const message = 'This way of balancing is not known; hosts are chosen at random.'
    say(reading, 'warning', place, { message, hint: 'Write rr or wrr, or remove the key.' })
  }
  return { lb_mode: word === 'rr' || word === 'wrr' ? word : '' }
}

function checkHosts(backend: Data, place: Place, { data, reading }: Subject): void {
  const own = backend['hosts']
  const used = own === undefined ? data['hosts'] : own
  if (used !== undefined && (!Array.isArray(used) || used.length > 0)) return
  const hint = 'Add "hosts: - host: ..." here or at the endpoint.'
  const where = own === undefined ? place : at(place, 'hosts')
  say(reading, 'error', where, { message: 'The backend has no hosts.', hint })
}

/** The original loads these and serves nothing; a switched-off endpoint is the same, said aloud. */
function settleActive({ data, place, reading }: Subject, backends: number): Data {
  const { endpoint, method } = data
  if (data['active'] === false) return {}
  if (typeof endpoint === 'string' && isBypass(endpoint)) {
    if (backends < 2) return {}
    const message = 'A bypass has one backend; the endpoint is switched off, as in cb-restapigw.'
    say(reading, 'warning', at(place, 'backend'), { message, hint: 'Keep one backend.' })
    return { active: false }
  }
  if (typeof method !== 'string' || hasReference(method)) return {}
  if (ROUTABLE.has(method.toUpperCase())) return {}
  const message =
    'No request is routed by this method; the endpoint is switched off, as in cb-restapigw.'
  say(reading, 'warning', at(place, 'method'), {
    message,
    hint: `Write ${[...ROUTABLE].join(', ')}.`,
  })
  return { active: false }
}

/** HEAD is answered wherever GET is, OPTIONS by the gateway itself. */
const ROUTABLE: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** Whether an endpoint hands on everything below its path. */
export const isBypass = (endpoint: string): boolean => endpoint.endsWith('*bypass')

const say = (reading: Reading, severity: Severity, place: Place, complaint: Complaint): void =>
  reading.report({ severity, ...complaint, place })

/** Puts back what the schema passes through: checked blocks, and a mapping of `__proto__`, which zod drops. */
function withBlocks(parsed: z.output<typeof definitionSchema>, settled: Data): Definition {
  const backends = settled['backend'] as readonly Data[]
  return {
    ...parsed,
    middleware: settled['middleware'] as Definition['middleware'],
    backend: parsed.backend.map((backend, index) => ({
      ...backend,
      mapping: (backends[index]?.['mapping'] ?? {}) as Readonly<Record<string, string>>,
      middleware: backends[index]?.['middleware'] as Definition['middleware'],
    })),
  }
}
