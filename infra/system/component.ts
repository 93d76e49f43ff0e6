import { parseDuration } from '../../src/lib/duration.ts'
import type { Catalog, CatalogComponent, Probe as CatalogProbe, Value } from '../catalog/schema.ts'
import type { Settings } from '../settings/schema.ts'
import type { Api, Component, Probe, SecretReference, Volume, Wait } from './model.ts'

/** One component of a system whose settings were checked. */
export function componentOf(name: string, catalog: Catalog, settings: Settings): Component {
  const entry = entryOf(catalog, name)
  const { image, version } = imageOf(name, entry, settings)
  const { bounds, single_writer: singleWriter } = entry
  return {
    name,
    image,
    version,
    replicas: settings.replicas[name] ?? 1,
    ...(singleWriter === undefined ? {} : { singleWriter }),
    needs: entry.needs,
    waits: entry.needs.flatMap((need) => waitFor(need, catalog, settings)),
    ports: portsOf(entry),
    runAs: entry.run_as,
    ...environmentOf(name, catalog, settings),
    files: Object.entries(entry.files).map(([path, text]) => ({ path, text })),
    secrets: Object.entries(entry.secrets).map(([name, secret]) => ({ name, ...secret })),
    volumes: volumesOf(name, entry, settings),
    scratch: Object.entries(entry.scratch).map(([name, scratch]) => ({ name, ...scratch })),
    probes: probesOf(entry),
    resources: entry.resources,
    times: {
      startMs: ms(settings.bounds[name] ?? bounds.start),
      shutdownMs: ms(bounds.shutdown),
      drainMs: ms(bounds.drain),
    },
    ...apiOf(name, entry, settings),
  }
}

function entryOf({ components }: Catalog, name: string): CatalogComponent {
  const entry = components[name]
  if (entry === undefined) throw new Error(`The catalogue has no ${name}.`)
  return entry
}

const ms = (duration: string): number => parseDuration(duration) ?? 0

/** A digest belongs to the catalogue's version; another version is taken by its tag. */
function imageOf(name: string, entry: CatalogComponent, { images, versions }: Settings) {
  const whole = images[name]
  if (whole !== undefined) return { image: whole, version: tagOf(whole) }
  const version = versions[name] ?? entry.version
  const pin = entry.digest !== undefined && version === entry.version ? `@${entry.digest}` : ''
  return { image: `${entry.image}:${version}${pin}`, version }
}

/** `latest` is what a container runtime takes when nothing is said. */
function tagOf(image: string): string {
  const [reference = '', digest] = image.split('@')
  return digest ?? /:([^/:]+)$/.exec(reference)?.[1] ?? 'latest'
}

const portsOf = ({ ports }: CatalogComponent) =>
  Object.entries(ports).map(([name, number]) => ({ name, number }))

function waitFor(need: string, catalog: Catalog, settings: Settings): readonly Wait[] {
  const entry = entryOf(catalog, need)
  if (entry.await === undefined) return []
  const port = String(firstPort(entry))
  const command = entry.await.map((word) =>
    word.replaceAll('{host}', need).replaceAll('{port}', port),
  )
  const { image } = imageOf(need, entry, settings)
  return [{ component: need, image, runAs: entry.run_as, command }]
}

const firstPort = ({ ports }: CatalogComponent): number | undefined => Object.values(ports)[0]

function environmentOf(
  name: string,
  catalog: Catalog,
  settings: Settings,
): Pick<Component, 'variables' | 'secretVariables'> {
  const entry = entryOf(catalog, name)
  const values = Object.entries(entry.environment)
  const secretVariables = values.flatMap(([variable, value]) =>
    value.kind === 'secret' ? [{ variable, secret: referenceOf(value.of, name) }] : [],
  )
  const texts = values.flatMap(([variable, value]) =>
    value.kind === 'secret' ? [] : [[variable, textOf(value, catalog)] as const],
  )
  const variables = { ...Object.fromEntries(texts), ...settings.environment[name] }
  return { variables, secretVariables }
}

/** `password` is a secret of the component's own, `cb-spider-postgres.password` one of another. */
function referenceOf(text: string, own: string): SecretReference {
  const [first = '', second] = text.split('.')
  return second === undefined ? { component: own, name: first } : { component: first, name: second }
}

function textOf(value: Exclude<Value, { readonly kind: 'secret' }>, catalog: Catalog): string {
  if (value.kind === 'text') return value.text
  const entry = entryOf(catalog, value.of)
  if (value.kind === 'username') return entry.api?.auth?.username ?? ''
  return `${value.of}:${firstPort(entry)}`
}

function volumesOf(
  name: string,
  { volumes }: CatalogComponent,
  { storage }: Settings,
): readonly Volume[] {
  const setting = storage[name] ?? {}
  const set = typeof setting === 'string' ? { size: setting } : setting
  return Object.entries(volumes).map(([name, volume]) => ({ name, ...volume, ...set }))
}

function probesOf(entry: CatalogComponent): Component['probes'] {
  const { ready, alive } = entry.probes
  return {
    ready: probeOf(ready, entry),
    ...(alive === undefined ? {} : { alive: probeOf(alive, entry) }),
  }
}

function probeOf({ check, every, timeout, failures }: CatalogProbe, { api }: CatalogComponent) {
  const timing = { everyMs: ms(every), timeoutMs: ms(timeout), failures }
  if (check.kind !== 'api') return { check, ...timing } satisfies Probe
  const http = { kind: 'http', port: api?.port ?? '', path: api?.ready.path ?? '' } as const
  return { check: http, ...timing } satisfies Probe
}

function apiOf(
  name: string,
  { api, ports }: CatalogComponent,
  { addresses }: Settings,
): { readonly api?: Api } {
  if (api === undefined) return {}
  const { ready, auth } = api
  const address = addresses[name]
  return {
    api: {
      port: { name: api.port, number: ports[api.port] ?? 0 },
      basePath: api.base_path,
      ready: { path: ready.path, codes: ready.codes, isAuthenticated: ready.authenticated },
      ...(auth === undefined
        ? {}
        : { auth: { ...auth, password: { component: name, name: auth.password } } }),
      upstreams: Object.entries(api.upstreams).map(([name, { pass_authorization }]) => ({
        name,
        passesAuthorization: pass_authorization,
      })),
      ...(address === undefined ? {} : { address }),
    },
  }
}
