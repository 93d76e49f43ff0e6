import { json, message, objectOf, textOf } from './replies.ts'
import type { Call, Reply, Routes } from './router.ts'
import type { Connection, World } from './world.ts'

/** CB-Spider's own records: clouds, drivers, credentials, regions and the connections made of them. */
export function infoRoutes(world: World): Routes {
  return {
    'GET /spider/cloudos': () => json({ cloudos: [...providersOf(world)] }),
    ...collection(world, 'driver', 'DriverName', driver),
    ...collection(world, 'credential', 'CredentialName', credential),
    ...collection(world, 'region', 'RegionName', region),
    ...collection(world, 'connectionconfig', 'ConfigName', config),
    'POST /spider/connectionconfig': (call) => addConnection(world, call),
    'DELETE /spider/connectionconfig/:name': (call) =>
      json({ Result: String(world.connections.delete(call.param('name'))) }),
  }
}

type View = (connection: Connection) => Readonly<Record<string, unknown>>

function collection(world: World, key: string, idField: string, view: View): Routes {
  const items = () => {
    const all = [...world.connections.values()].map(view)
    return [...new Map(all.map((item) => [item[idField], item])).values()]
  }
  return {
    [`GET /spider/${key}`]: () => json({ [key]: items() }),
    [`GET /spider/${key}/:name`]: (call) => {
      const item = items().find((candidate) => candidate[idField] === call.param('name'))
      return item === undefined ? missing(call.param('name')) : json(item)
    },
  }
}

/** CB-Spider answers 500 for a name it does not know. */
export const missing = (name: string): Reply => message(500, `${name} does not exist!`)

const providersOf = (world: World): ReadonlySet<string> =>
  new Set([...world.connections.values()].map((c) => c.provider.toUpperCase()))

const driver: View = ({ provider }) => ({
  DriverName: `${provider}-driver-v1.0`,
  ProviderName: provider.toUpperCase(),
  DriverLibFileName: `${provider}-driver-v1.0.so`,
})

const credential: View = ({ provider }) => ({
  CredentialName: `${provider}-admin`,
  ProviderName: provider.toUpperCase(),
  KeyValueInfoList: [{ Key: 'ClientSecret', Value: 'kept by the stand-in' }],
})

const region: View = ({ provider, region, zone }) => ({
  RegionName: `${provider}-${region}`,
  ProviderName: provider.toUpperCase(),
  KeyValueInfoList: [
    { Key: 'Region', Value: region },
    { Key: 'Zone', Value: zone },
  ],
  AvailableZoneList: [zone],
})

const config: View = ({ name, provider, region }) => ({
  ConfigName: name,
  ProviderName: provider.toUpperCase(),
  DriverName: `${provider}-driver-v1.0`,
  CredentialName: `${provider}-admin`,
  RegionName: `${provider}-${region}`,
})

function addConnection(world: World, call: Call): Reply {
  const body = objectOf(call)
  const name = body === undefined ? '' : textOf(body, 'ConfigName')
  if (body === undefined || name === '') return message(500, 'ConfigName is empty!')
  if (world.connections.has(name)) return message(500, `${name} already exists!`)
  const like = [...world.connections.values()].find(
    (c) => `${c.provider}-${c.region}` === textOf(body, 'RegionName'),
  )
  if (like === undefined) return missing(textOf(body, 'RegionName'))
  const added = { ...like, name }
  world.connections.set(name, added)
  return json(config(added))
}
