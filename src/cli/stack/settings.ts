import { readFileSync } from 'node:fs'
import { resolve as absolute } from 'node:path'
import { readWanted, type Wanted } from '../../../infra/operate/wanted.ts'
import type { Access } from '../../../infra/kubernetes/connect.ts'
import { valueOf } from '../../../infra/settings/read.ts'
import { isPlainMap } from '../../config/conform.ts'
import { type Fault, printDiagnostic } from '../../config/diagnostics.ts'
import { positionOf } from '../../config/positions.ts'
import { readYaml, type YamlFile } from '../../config/yaml.ts'
import { UserFault } from '../fault.ts'
import type { StackFlags } from './options.ts'

type Data = Readonly<Record<string, unknown>>

/** Settings as they are written, and where they stand. */
export interface Written {
  readonly data: Data
  readonly file: string
  readonly yaml?: YamlFile
  /** Paths that `--set` gave. */
  readonly set: readonly string[]
}

/** Reads the settings file, else takes `base`, and puts over it what `--set` gives. */
export function readWritten(
  { settings, set }: Pick<StackFlags, 'settings' | 'set'>,
  base: Data,
): Written {
  const yaml = settings === undefined ? undefined : readFile(settings)
  const below: unknown = yaml === undefined ? base : (yaml.tree.data ?? {})
  if (!isPlainMap(below)) throw new UserFault(`${settings}:1:1: error: The settings must be a map.`)
  const data = set.reduce<Data>((all, text) => put(all, ...split(text)), below)
  const paths = set.map((text) => split(text)[0].join('.'))
  return { data, file: settings ?? '--set', ...(yaml === undefined ? {} : { yaml }), set: paths }
}

function readFile(path: string): YamlFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new UserFault(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? ''}`)
  }
  const yaml = readYaml({ name: path, text }, 'error')
  const errors = yaml.diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new UserFault(errors.map(printDiagnostic).join('\n'))
  return yaml
}

/** `images.cb-spider=a:1` to a path and a value: JSON where it looks like that, a whole number, else the text. */
function split(text: string): readonly [path: readonly string[], value: unknown] {
  const [, key, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (key === undefined) throw new UserFault(`--set ${text}: write it as key=value`)
  return [key.split('.'), valueOf(value)]
}

function put(data: Data, [key = '', ...rest]: readonly string[], value: unknown): Data {
  const below = data[key]
  const inner = rest.length === 0 ? value : put(isPlainMap(below) ? below : {}, rest, value)
  return { ...data, [key]: inner }
}

/** The settings with the cluster that the options name. */
export function wantedOf(written: Written, { kubeconfig, context }: Access): Wanted {
  const placement = {
    ...(context === undefined ? {} : { context }),
    ...(kubeconfig === undefined ? {} : { kubeconfig: absolute(kubeconfig) }),
  }
  const read = readWanted({ ...written.data, placements: { cluster: placement } }, written.file)
  if (read.ok) return read.value
  throw new UserFault(read.error.map((fault) => print(fault, written)).join('\n'))
}

function print({ place, ...fault }: Fault, { yaml, set, file }: Written): string {
  const path = place.path.join('.')
  const isSet = set.some((key) => path === key || path.startsWith(`${key}.`))
  if (yaml !== undefined && !isSet) {
    return printDiagnostic({ file, ...positionOf(yaml, place), ...fault })
  }
  const hint = fault.hint === undefined ? '' : ` (${fault.hint})`
  return `--set ${path}: error: ${fault.message}${hint}`
}
