import type { Complaint } from '../../src/config/diagnostics.ts'
import type { Catalog, CatalogComponent } from '../catalog/schema.ts'
import { guess } from '../decode.ts'
import type { Settings } from '../settings/schema.ts'

/** What is wrong, and the path of the setting. */
type Contradiction = Complaint & { readonly path: readonly (string | number)[] }

/** Settings that fit neither the catalogue nor each other. `names` are the components of the system. */
export function checkSettings(
  catalog: Catalog,
  settings: Settings,
  names: readonly string[],
): readonly Contradiction[] {
  const unknown = [...unknownComponents(catalog, settings, names)]
  if (unknown.length > 0) return unknown
  const component = (name: string) => catalog.components[name] as CatalogComponent
  return [
    ...checkImages(settings),
    ...checkReplicas(settings, component),
    ...checkStorage(settings, component),
    ...checkEnvironment(settings, component),
    ...checkAddresses(
      settings,
      names.filter((name) => component(name).api !== undefined),
    ),
    ...checkRotation(settings, catalog, names),
    ...checkPlacements(settings),
    ...checkGateway(settings),
  ]
}

/** Settings by component. */
const BY_COMPONENT = [
  'versions',
  'images',
  'replicas',
  'environment',
  'addresses',
  'bounds',
  'storage',
] as const

function unknownComponents(
  catalog: Catalog,
  settings: Settings,
  names: readonly string[],
): readonly Contradiction[] {
  const known = Object.keys(catalog.components)
  const notKnown = (name: string, path: Contradiction['path']): readonly Contradiction[] =>
    known.includes(name)
      ? []
      : [{ path, message: `${catalog.release} has no "${name}".`, hint: guess(name, known) }]
  return [
    ...(settings.components ?? []).flatMap((name, i) => notKnown(name, ['components', i])),
    ...BY_COMPONENT.flatMap((setting) =>
      Object.keys(settings[setting]).flatMap((name) => {
        const path = [setting, name]
        if (!known.includes(name) || names.includes(name)) return notKnown(name, path)
        const message = `"${name}" is not part of this system.`
        return [{ path, message, hint: 'Add it to "components", or remove this setting.' }]
      }),
    ),
  ]
}

function checkImages({ versions, images }: Settings): readonly Contradiction[] {
  return Object.keys(versions)
    .filter((name) => Object.hasOwn(images, name))
    .map((name) => ({
      path: ['versions', name],
      message: `"images" names the whole image of "${name}".`,
      hint: 'Keep one of them.',
    }))
}

type Lookup = (name: string) => CatalogComponent

function checkReplicas({ replicas }: Settings, component: Lookup): readonly Contradiction[] {
  return Object.entries(replicas).flatMap(([name, count]) => {
    const reason = component(name).single_writer
    if (reason === undefined || count === 1) return []
    const message = `"${name}" cannot be scaled: ${reason}.`
    return [{ path: ['replicas', name], message, hint: 'Leave it at 1.' }]
  })
}

function checkStorage({ storage }: Settings, component: Lookup): readonly Contradiction[] {
  return Object.keys(storage)
    .filter((name) => Object.keys(component(name).volumes).length === 0)
    .map((name) => ({ path: ['storage', name], message: `"${name}" has no volume.` }))
}

/** A variable may be set that is a plain text in the catalogue, or not there. */
function checkEnvironment({ environment }: Settings, component: Lookup): readonly Contradiction[] {
  return Object.entries(environment).flatMap(([name, variables]) =>
    Object.keys(variables).flatMap((variable): readonly Contradiction[] => {
      const path = ['environment', name, variable]
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) {
        return [{ path, message: 'This is no name of a variable.' }]
      }
      const kind = component(name).environment[variable]?.kind ?? 'text'
      if (kind === 'text') return []
      return [{ path, message: `"${variable}" is set by the system.`, hint: `It is a ${kind}.` }]
    }),
  )
}

function checkAddresses(
  { addresses, reach }: Settings,
  withApi: readonly string[],
): readonly Contradiction[] {
  const useless = Object.keys(addresses)
    .filter((name) => !withApi.includes(name))
    .map((name) => ({
      path: ['addresses', name],
      message: `"${name}" has no API that is published.`,
      hint: 'Remove this setting.',
    }))
  const lacking =
    reach === 'tunnel' ? withApi.filter((name) => !Object.hasOwn(addresses, name)) : []
  return [
    ...useless,
    ...lacking.map((name) => ({
      path: ['reach'],
      message: `The address of "${name}" at your tunnel is missing.`,
      hint: `Set "addresses.${name}".`,
    })),
  ]
}

function checkRotation(
  { rotate }: Settings,
  { components }: Catalog,
  names: readonly string[],
): readonly Contradiction[] {
  const known = names.flatMap((name) =>
    Object.entries(components[name]?.secrets ?? {}).map(
      ([secret, { rotation }]) => [`${name}.${secret}`, rotation] as const,
    ),
  )
  return rotate.flatMap((name, i): readonly Contradiction[] => {
    const path = ['rotate', i]
    const found = known.find(([secret]) => secret === name)
    if (found === undefined) {
      const hint = guess(
        name,
        known.map(([secret]) => secret),
      )
      return [{ path, message: `This system has no secret "${name}".`, hint }]
    }
    const [, reason] = found
    return reason === undefined
      ? []
      : [{ path, message: `"${name}" cannot be made anew: ${reason}.` }]
  })
}

function checkPlacements({ placements }: Settings): readonly Contradiction[] {
  const [, second] = Object.keys(placements)
  if (second === undefined) return []
  const message = 'A stack is on one cluster in this version.'
  return [{ path: ['placements', second], message, hint: 'Use a stack for each cluster.' }]
}

/** What is written for a later version is refused, not forgotten. */
function checkGateway({ gateway }: Settings): readonly Contradiction[] {
  return (['image', 'replicas'] as const)
    .filter((key) => gateway[key] !== undefined)
    .map((key) => ({
      path: ['gateway', key],
      message: 'This version makes no gateway in the cluster.',
      hint: 'Set "gateway.url" to one that runs.',
    }))
}
