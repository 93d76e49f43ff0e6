import { at } from '../../src/config/conform.ts'
import type { Fault, Place } from '../../src/config/diagnostics.ts'
import { guess } from '../decode.ts'
import type { Catalog, CatalogComponent, Probe, Value } from './schema.ts'

/** What the schema cannot see: names that lead nowhere, ports and paths that are taken, circles. */
export function checkCatalog({ components }: Catalog, file: string): readonly Fault[] {
  const upstreams = new Map<string, string>()
  return Object.entries(components).flatMap(([name, component]) => {
    const scene: Scene = { components, component, place: { file, path: ['components', name] } }
    return [
      ...checkName(name, scene),
      ...checkNeeds(name, scene),
      ...checkPorts(scene),
      ...checkPaths(scene),
      ...checkEnvironment(scene),
      ...checkProbes(scene),
      ...checkApi(name, scene, upstreams),
    ]
  })
}

interface Scene {
  readonly components: Catalog['components']
  readonly component: CatalogComponent
  readonly place: Place
}

const error = (place: Place, message: string, hint?: string): Fault => ({
  severity: 'error',
  message,
  ...(hint === undefined ? {} : { hint }),
  place,
})

function missing(name: string, known: object, place: Place): readonly Fault[] {
  if (Object.hasOwn(known, name)) return []
  return [error(place, `There is no "${name}".`, guess(name, Object.keys(known)))]
}

function checkName(name: string, { place }: Scene): readonly Fault[] {
  if (/^[a-z](?:[a-z0-9-]{0,40}[a-z0-9])?$/.test(name)) return []
  const hint = 'Use up to 42 lower-case letters, digits and "-".'
  return [error({ ...place, isKey: true }, 'This is no name of a component.', hint)]
}

function checkNeeds(name: string, { components, component, place }: Scene): readonly Fault[] {
  const unknown = component.needs.flatMap((need, i) =>
    missing(need, components, at(place, 'needs', i)),
  )
  const isCircular = unknown.length === 0 && reaches(components, name, name, new Set())
  return isCircular
    ? [error(at(place, 'needs'), 'The component needs itself, over others or directly.')]
    : unknown
}

function reaches(
  components: Catalog['components'],
  from: string,
  to: string,
  seen: Set<string>,
): boolean {
  return (components[from]?.needs ?? []).some((need) => {
    if (need === to) return true
    if (seen.has(need)) return false
    seen.add(need)
    return reaches(components, need, to, seen)
  })
}

function checkPorts({ component, place }: Scene): readonly Fault[] {
  const taken = new Map<number, string>()
  return Object.entries(component.ports).flatMap(([name, port]) => {
    const other = taken.get(port)
    taken.set(port, name)
    return other === undefined
      ? []
      : [error(at(place, 'ports', name), `"${other}" has port ${port} already.`)]
  })
}

/** Two things cannot be mounted at one path. */
function checkPaths({ component, place }: Scene): readonly Fault[] {
  const { volumes, scratch, files } = component
  const paths = [
    ...Object.entries(volumes).map(
      ([name, { path }]) => [path, ['volumes', name, 'path']] as const,
    ),
    ...Object.entries(scratch).map(
      ([name, { path }]) => [path, ['scratch', name, 'path']] as const,
    ),
    ...Object.keys(files).map((path) => [path, ['files', path]] as const),
  ]
  const taken = new Set<string>()
  return paths.flatMap(([path, steps]) => {
    const isTaken = taken.has(path)
    taken.add(path)
    return isTaken ? [error(at(place, ...steps), 'Something else is mounted at this path.')] : []
  })
}

function checkEnvironment(scene: Scene): readonly Fault[] {
  return Object.entries(scene.component.environment).flatMap(([variable, value]) =>
    checkValue(value, at(scene.place, 'environment', variable), scene),
  )
}

/** A value may name a component only where it is needed, so that it is there. */
function checkValue(value: Value, place: Place, scene: Scene): readonly Fault[] {
  if (value.kind === 'text') return []
  const { component, components } = scene
  const [first = '', second] = value.of.split('.')
  const own = scene.place.path.at(-1)
  const name = value.kind === 'secret' && second === undefined ? String(own) : first
  const other = components[name]
  if (other === undefined) return missing(name, components, place)
  if (name !== own && !component.needs.includes(name)) {
    return [error(place, `"${name}" is used here.`, `Add it to "needs" of ${own}.`)]
  }
  if (value.kind === 'secret') return missing(second ?? first, other.secrets, place)
  if (value.kind === 'username' && other.api?.auth === undefined) {
    return [error(place, `The API of "${name}" has no user.`)]
  }
  return []
}

function checkProbes({ component, place }: Scene): readonly Fault[] {
  const { ready, alive } = component.probes
  const check = (name: string, probe: Probe | undefined) => {
    if (probe?.check.kind === 'tcp') {
      return missing(probe.check.port, component.ports, at(place, 'probes', name, 'tcp'))
    }
    const isUnfit = probe?.check.kind === 'api' && (component.api?.ready.authenticated ?? true)
    const hint = 'The kubelet sends no credentials: use "exec" or "tcp".'
    return isUnfit
      ? [
          error(
            at(place, 'probes', name, 'api'),
            'There is no open readiness path of an API.',
            hint,
          ),
        ]
      : []
  }
  return [...check('ready', ready), ...check('alive', alive)]
}

function checkApi(
  name: string,
  { component: { api, ports, secrets }, place }: Scene,
  upstreams: Map<string, string>,
): readonly Fault[] {
  if (api === undefined) return []
  const here = at(place, 'api')
  const taken = Object.keys(api.upstreams).flatMap((upstream) => {
    const owner = upstreams.get(upstream)
    upstreams.set(upstream, name)
    return owner === undefined
      ? []
      : [error(at(here, 'upstreams', upstream), `"${owner}" is published under this name.`)]
  })
  return [
    ...missing(api.port, ports, at(here, 'port')),
    ...(api.auth === undefined
      ? []
      : missing(api.auth.password, secrets, at(here, 'auth', 'password'))),
    ...(api.ready.path.startsWith(api.base_path)
      ? []
      : [error(at(here, 'ready', 'path'), `The path is not below ${api.base_path}.`)]),
    ...taken,
  ]
}
