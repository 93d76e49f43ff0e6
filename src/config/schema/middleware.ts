import { nearest } from '../../lib/nearest.ts'
import { at, conform, isPlainMap, type Dialect } from '../conform.ts'
import type { Complaint, Fault, Place, Severity } from '../diagnostics.ts'
import type { MiddlewareDocument } from '../document.ts'
import type { Specs } from '../openapi/specs.ts'
import { faultsBesideReferences } from '../issues.ts'
import { policies } from '../../policies/index.ts'
import { transports } from '../../transports/index.ts'
import { blocks, type Block, type Level } from './blocks.ts'
import { unavailable } from './unavailable.ts'

/** How a configuration is read. */
export interface Reading extends Dialect {
  /** Lowers "not available in this version" from an error to a warning. */
  readonly allowsMissing: boolean
  /** Takes credentials of upstreams as they are: what is read is no file that is shown around. */
  readonly keepsCredentials?: boolean
  /** OpenAPI files; absent where there are no files beside the configuration. */
  readonly specs?: Specs
}

type Options = Readonly<Record<string, unknown>>

/**
 * Checks the `mw-*` blocks of one level and keeps those that do something there. A block that does not decode is an
 * error (the original silently switches it off); a misplaced or unknown one is left out with a warning.
 */
export function readMiddleware(
  given: unknown,
  level: Level,
  place: Place,
  reading: Reading,
): MiddlewareDocument {
  if (!isPlainMap(given)) return {}
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, options]) => {
      const name = reading.ignoresCase ? key.toLowerCase() : key
      const checked = readBlock({ name, options, level, place: at(place, key) }, reading)
      return checked === undefined ? [] : [[name, checked] as const]
    }),
  )
}

interface Given {
  readonly name: string
  readonly options: unknown
  readonly level: Level
  readonly place: Place
}

function readBlock(given: Given, reading: Reading): Options | undefined {
  const { name, level } = given
  const block = Object.hasOwn(blocks[level], name) ? blocks[level][name] : undefined
  if (block === undefined) {
    if (Object.hasOwn(unavailable, name)) refuseUnavailable(given, reading)
    else reportUnknown(given, reading)
    return undefined
  }
  if (level === 'service' && isPlainMap(given.options) && Object.keys(given.options).length === 0) {
    report(given, reading, 'notice', EMPTY)
    return undefined
  }
  const options = check(block, given, reading)
  if (options !== undefined && isOff(block, options)) {
    report(given, reading, 'notice', { message: `"${name}" is switched off.` })
    return undefined
  }
  if (block.notice === undefined || options === undefined) return options
  report(given, reading, 'notice', { message: `"${name}" has no effect here.`, hint: block.notice })
  return undefined
}

/**
 * The block in its proper spelling. What the registries check stays as it was written: policies and transports read
 * it again when they are built.
 */
function check(block: Block, given: Given, reading: Reading): Options | undefined {
  const { options, name, place } = given
  if (!isPlainMap(options)) {
    report(given, reading, 'error', { message: `"${name}" must be a map.` })
    return undefined
  }
  const written = block.prepare?.(options, place, reading) ?? options
  const data = conform(block.options, written, place, reading)
  const checked = block.options.safeParse(data)
  if (!checked.success) faultsBesideReferences(checked.error, data, place).forEach(reading.report)
  else remark(given, checked.data, reading)
  const isOurs = !Object.hasOwn(policies, name) && !Object.hasOwn(transports, name)
  // conform returns a map for a map.
  return checked.success && isOurs ? checked.data : (data as Options)
}

function remark({ name, place }: Given, options: Options, { report }: Reading): void {
  for (const { key, message, hint } of policies[name]?.remarks?.(options) ?? []) {
    report({ severity: 'warning', message, hint, place: at(place, key) })
  }
}

/** Not to be said while a reference or a fault stands in the way. */
const isOff = ({ options: schema, isOff }: Block, options: Options): boolean =>
  isOff !== undefined && schema.safeParse(options).success && isOff(options)

/** Refuses what would be lost; what is misplaced or switched off loses nothing. */
function refuseUnavailable(given: Given, reading: Reading): void {
  const { name, level, options } = given
  const missing = unavailable[name]
  const schema = missing?.levels[level]
  if (missing === undefined || schema === undefined) {
    const message = `"${name}" has no effect ${WHERE[level]}.`
    report(given, reading, 'notice', {
      message,
      hint: 'Remove it, or move it to where it belongs.',
    })
    return
  }
  const block: Block = { summary: '', options: schema }
  const decoded = check(block, given, reading)
  if (decoded === undefined || !isPlainMap(options)) return
  if (!missing.isEffective(decoded)) {
    report(given, reading, 'notice', { message: `"${name}" is switched off.` })
    return
  }
  report(given, reading, reading.allowsMissing ? 'warning' : 'error', {
    message: `This version has no "${name}": ${missing.loss}.`,
    hint: reading.allowsMissing ? 'Remove the block.' : 'Remove the block, or use --allow-missing.',
  })
}

function reportUnknown(given: Given, reading: Reading): void {
  const { name, level } = given
  const home = LEVELS.find((other) => other !== level && Object.hasOwn(blocks[other], name))
  if (home !== undefined) {
    const message = `"${name}" has no effect ${WHERE[level]}; it is ignored.`
    report(given, reading, 'warning', { message, hint: `It belongs ${WHERE[home]}.` })
    return
  }
  const known = [...Object.keys(blocks[level]), ...Object.keys(unavailable)]
  const guess = nearest(name, known)
  report(given, reading, 'warning', {
    message: `"${name}" is not known; it is ignored.`,
    hint: guess === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean "${guess}"?`,
  })
}

const LEVELS: readonly Level[] = ['service', 'endpoint', 'backend']
const WHERE: Readonly<Record<Level, string>> = {
  service: 'in the system file',
  endpoint: 'at an endpoint',
  backend: 'at a backend',
}
const EMPTY: Complaint = {
  message: 'An empty block counts as absent.',
  hint: 'Give it at least one key to switch it on.',
}

function report(given: Given, reading: Reading, severity: Severity, complaint: Complaint): void {
  const fault: Fault = { severity, ...complaint, place: { ...given.place, isKey: true } }
  reading.report(fault)
}
