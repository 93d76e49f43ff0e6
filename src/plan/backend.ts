import type { Place } from '../config/diagnostics.ts'
import type { BackendDocument, Definition, SystemDocument } from '../config/document.ts'
import { below, type Checks, readDuration } from './checks.ts'
import { type Before, disguise } from './disguise.ts'
import { compileHosts } from './hosts.ts'
import { installTransports } from './install.ts'
import { compileShaping } from './shaping.ts'
import { hasDotSegment, parseTemplate } from './template.ts'
import type { Backend, Encoding, Template } from './types.ts'

/** What a backend takes from the endpoint it belongs to. */
export interface Endpoint {
  readonly definition: Definition
  readonly place: Place
  readonly system: SystemDocument
  readonly isBypass: boolean
  /** Declared path parameters; undefined while the endpoint's path is open. */
  readonly params: readonly string[] | undefined
  readonly before?: Before<Definition>
}

/** Compiles the backend at `index`; hosts and method come from the endpoint where it has none of its own. */
export function compileBackend(
  index: number,
  endpoint: Endpoint,
  checks: Checks,
): Backend | undefined {
  const { definition, system, isBypass } = endpoint
  const backend = definition.backend[index]
  if (backend === undefined) return undefined
  const place = below(endpoint.place, 'backend', index)
  const errorDetails = readErrorDetails(backend)
  return {
    ...compileHosts({ ...endpoint, system, backend, index }, checks),
    method: (backend.method ?? definition.method).toUpperCase(),
    ...(isBypass
      ? { path: ignorePath(backend, below(place, 'url_pattern'), checks) }
      : compilePath(backend, index, endpoint, checks)),
    timeoutMs:
      backend.timeout === undefined
        ? 0
        : readDuration(backend.timeout, below(place, 'timeout'), checks),
    encoding: 'json' satisfies Encoding,
    shaping: compileShaping(backend, place, checks),
    ...(errorDetails !== undefined && { errorDetails }),
    transports: installTransports(backend.middleware),
  }
}

function readErrorDetails({ middleware }: BackendDocument): string | undefined {
  const id = middleware['mw-http']?.['return_error_details']
  return typeof id === 'string' && id !== '' ? id : undefined
}

/** A bypass sends the client's whole path; its `url_pattern` says nothing (as in the original). */
function ignorePath(
  { url_pattern: pattern }: BackendDocument,
  place: Place,
  checks: Checks,
): Template {
  if (!checks.isOpen(pattern) && !/^\/?(?:\*bypass)?$/.test(pattern)) {
    checks.warn(place, {
      message: 'A bypass route sends the whole path of the request; this url_pattern is ignored.',
      hint: 'Write url_pattern: /*bypass. A base path belongs to the host.',
    })
  }
  return ['/']
}

function compilePath(
  { url_pattern: pattern }: BackendDocument,
  index: number,
  { params, place, before }: Endpoint,
  checks: Checks,
): Pick<Backend, 'path' | 'shownPath'> {
  const at = below(place, 'backend', index, 'url_pattern')
  if (checks.isOpen(pattern)) return { path: ['/'] }
  const path = parseTemplate(pattern, params)
  checkText(pattern, path, at, checks)
  for (const part of path) {
    if (typeof part !== 'string' && 'param' in part) checkParam(part.param, params, at, checks)
  }
  const shown = disguise(before, before?.document.backend[index]?.url_pattern, () => '***')
  return shown === undefined ? { path } : { path, shownPath: parseTemplate(shown, params) }
}

function checkText(pattern: string, path: Template, place: Place, checks: Checks): void {
  const texts = path.map((part) => (typeof part === 'string' ? part : 'x')).join('')
  if (hasDotSegment(texts)) {
    checks.error(place, {
      message: 'The upstream path holds a dot segment.',
      hint: 'Write the path it stands for.',
    })
  }
  if (/%7B|%7D/i.test(texts) && /[{}]/.test(pattern)) {
    checks.warn(place, {
      message: 'Braces around something that is no parameter are sent as they stand.',
      hint: 'Parameters are {name} with letters, digits, "_" and "-".',
    })
  }
}

function checkParam(
  name: string,
  declared: readonly string[] | undefined,
  place: Place,
  checks: Checks,
): void {
  if (declared === undefined || declared.includes(name)) return
  checks.error(place, {
    message: `The endpoint declares no parameter {${name}}.`,
    hint:
      declared.length === 0
        ? 'Its path has no parameters.'
        : `It declares ${declared.map((known) => `{${known}}`).join(', ')}.`,
  })
}
