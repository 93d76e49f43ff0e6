import type { Place } from '../config/diagnostics.ts'
import type { BackendDocument, MiddlewareDocument } from '../config/document.ts'
import { below, type Checks, readFlag } from './checks.ts'
import type { FlatmapOperation, Shaping } from './types.ts'

/** What is done to the answer of one backend: paths split at their dots, mapping in file order. */
export function compileShaping(backend: BackendDocument, place: Place, checks: Checks): Shaping {
  const flag = (key: 'is_collection' | 'wrap_collection_to_json') =>
    readFlag(backend[key], below(place, key), checks)
  const isCollection = flag('is_collection')
  return {
    target: backend.target === '' ? [] : split(backend.target),
    flatmap: compileFlatmap(backend.middleware),
    whitelist: backend.whitelist.map(split),
    blacklist: backend.blacklist.map(split),
    mapping: Object.entries(backend.mapping).map(([from, to]) => [split(from), to] as const),
    group: backend.group,
    isCollection,
    wrapsCollection: isCollection && flag('wrap_collection_to_json'),
  }
}

/** Whether an answer comes out in another form than it went in. */
export function changesAnswer(shaping: Shaping): boolean {
  const { target, flatmap, whitelist, blacklist, mapping, group, wrapsCollection } = shaping
  const lists: readonly (readonly unknown[])[] = [target, flatmap, whitelist, blacklist, mapping]
  return group !== '' || wrapsCollection || lists.some((list) => list.length > 0)
}

/** The operations of `mw-proxy.flatmap_filter`; what is no operation was reported when the document was loaded. */
export function compileFlatmap(middleware: MiddlewareDocument): readonly FlatmapOperation[] {
  const list = middleware['mw-proxy']?.['flatmap_filter']
  return Array.isArray(list) ? list.flatMap((item: unknown) => toOperation(item) ?? []) : []
}

function toOperation(item: unknown): FlatmapOperation | undefined {
  if (typeof item !== 'object' || item === null) return undefined
  const { type, args } = item as { readonly type?: unknown; readonly args?: unknown }
  if (!Array.isArray(args)) return undefined
  const paths = args.map((arg) => split(String(arg)))
  if (type === 'del') return { type, paths }
  const [from, to] = paths
  if (from === undefined || to === undefined) return undefined
  return type === 'move' || type === 'append' ? { type, from, to } : undefined
}

const split = (path: string): readonly string[] => path.split('.')
