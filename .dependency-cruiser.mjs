/**
 * Who may import whom; the table for people is in src/README.md. Type imports count, tests are free.
 *
 * Each entry: a part of src -> the parts it may import beside itself.
 */
const BELOW_HTTP = ['ports', 'lib']
const BELOW_LIMITS = ['http', ...BELOW_HTTP]
const BELOW_PLUGINS = ['limits', ...BELOW_LIMITS]
const BELOW_CONFIG = ['policies', 'transports', 'shaping', ...BELOW_PLUGINS]
const BELOW_PLAN = ['config', ...BELOW_CONFIG]
const ABOVE_PLAN = ['plan', ...BELOW_PLAN]
const BELOW_GATEWAY = ['upstream', 'snapshots', 'telemetry', ...ABOVE_PLAN]
const BELOW_ADMIN = ['gateway', ...BELOW_GATEWAY]
const LAYERS = {
  lib: [],
  ports: ['lib'],
  http: BELOW_HTTP,
  limits: BELOW_LIMITS,
  policies: BELOW_PLUGINS,
  transports: BELOW_PLUGINS,
  shaping: BELOW_PLUGINS,
  config: BELOW_CONFIG,
  plan: BELOW_PLAN,
  snapshots: ABOVE_PLAN,
  upstream: ABOVE_PLAN,
  gateway: BELOW_GATEWAY,
  admin: BELOW_ADMIN,
  objects: BELOW_LIMITS,
  telemetry: BELOW_LIMITS,
  state: BELOW_LIMITS,
  store: BELOW_LIMITS,
  scrypt: ['lib'],
  worker: ['scrypt', 'admin', 'objects', 'state', 'store', ...BELOW_ADMIN],
  client: ['lib'],
  cli: ['client', 'config', 'plan', 'policies', 'lib'],
}

/** The same for the parts of infra. */
const BELOW_SETTINGS = ['catalog', 'decode', 'quantity']
const BELOW_SYSTEM = ['settings', ...BELOW_SETTINGS]
const BELOW_KUBERNETES = ['system', ...BELOW_SYSTEM]
const INFRA = {
  quantity: [],
  decode: [],
  catalog: ['decode', 'quantity'],
  settings: BELOW_SETTINGS,
  system: BELOW_SYSTEM,
  kubernetes: BELOW_KUBERNETES,
  wiring: ['kubernetes', ...BELOW_KUBERNETES],
  program: ['wiring', 'kubernetes', ...BELOW_KUBERNETES],
  operate: ['program', 'wiring', 'kubernetes', ...BELOW_KUBERNETES],
  reference: BELOW_SYSTEM,
  index: ['program'],
}

const TESTS = '\\.test\\.tsx?$'
const partsOf = (root, names) => `^${root}/(?:${names.join('|')})(?:/|\\.ts$)`
const parts = (names) => partsOf('src', names)

const layersOf = (root, table) =>
  Object.entries(table).map(([part, allowed]) => ({
    name: `layer-${root === 'src' ? '' : `${root}-`}${part}`,
    severity: 'error',
    from: { path: partsOf(root, [part]), pathNot: TESTS },
    to: { path: `^${root}/`, pathNot: partsOf(root, [part, ...allowed]) },
  }))

const siblings = ['policies', 'transports', 'objects'].map((kind) => ({
  name: `siblings-${kind}`,
  comment: 'One folder, one plug-in: never another of its kind.',
  severity: 'error',
  from: { path: `^src/${kind}/([^/]+)/`, pathNot: TESTS },
  to: { path: `^src/${kind}/[^/]+/`, pathNot: `^src/${kind}/$1/` },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...layersOf('src', LAYERS),
    ...layersOf('infra', INFRA),
    ...siblings,
    {
      name: 'infra-is-apart',
      comment:
        'The operator shares the schemas of the gateway and talks to its Admin API; nothing else.',
      severity: 'error',
      from: { path: '^infra/', pathNot: TESTS },
      to: { path: '^src/', pathNot: parts(['client', 'config', 'lib']) },
    },
    {
      name: 'infra-for-the-cli-alone',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/cli/', TESTS] },
      to: { path: '^infra/' },
    },
    {
      name: 'the-system-model-is-pure',
      severity: 'error',
      from: { path: '^infra/system/', pathNot: TESTS },
      to: { pathNot: '^(?:infra|src)/' },
    },
    {
      name: 'nobody-imports-tests',
      severity: 'error',
      from: { path: '^(?:src|infra)/', pathNot: TESTS },
      to: { path: ['^test/', TESTS] },
    },
    {
      name: 'cloudflare-at-the-edge-of-the-core',
      comment: 'Bindings become ports in worker.ts; objects are what the platform calls.',
      severity: 'error',
      from: {
        path: '^(?:src|infra)/',
        pathNot: [
          '^src/worker\\.ts$',
          '^src/objects/[^/]+/object\\.ts$',
          '\\.workerd\\.test\\.ts$',
        ],
      },
      to: { path: '^cloudflare:' },
    },
    {
      name: 'node-in-the-tools-alone',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/cli/', '^src/scrypt\\.ts$', TESTS] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      // `#plan` is made by `cb-bridge build`; `cloudflare:*` is the platform.
      to: { couldNotResolve: true, pathNot: '^(?:#plan|cloudflare:)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  },
}
