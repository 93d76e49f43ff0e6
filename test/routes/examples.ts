import { fillTemplate } from '../../src/plan/template.ts'
import type { Backend, Route } from '../../src/plan/types.ts'

/** A request for a route of the read-only set, and what the component itself is asked for the same. */
export interface Example {
  readonly route: Route
  readonly path: string
  readonly component: string
  readonly componentPath: string
}

const CONNECTION = 'aws-ap-northeast-2'
const MACHINE = 'default-infra01-g1-1'

/** What the stand-ins know under the names of the shipped routes' parameters. */
const PARAMS: Readonly<Record<string, string>> = {
  nsId: 'default',
  infraId: 'infra01',
  nodeId: 'g1-1',
  nodegroupId: 'g1',
  mcisId: 'infra01',
  vmId: 'g1-1',
  metric: 'cpu',
  agentIp: '203.0.113.1',
  connConfigName: CONNECTION,
  ConfigName: CONNECTION,
  RegionName: CONNECTION,
  DriverName: 'aws-driver-v1.0',
  CredentialName: 'aws-admin',
  type: 'slack',
  name: 'ops',
  taskId: 'cpu-high',
  clusterName: 'cluster01',
  nodeName: 'cluster01-c-1',
  trId: 'tr01',
}

/** Names that depend on the segment before them. */
const RESOURCES: Readonly<Record<string, string>> = {
  vNet: `vnet-${CONNECTION}`,
  vpc: `vnet-${CONNECTION}`,
  securityGroup: `sg-${CONNECTION}`,
  securitygroup: `sg-${CONNECTION}`,
  sshKey: `key-${CONNECTION}`,
  keypair: `key-${CONNECTION}`,
  image: `ubuntu22.04-${CONNECTION}`,
  vmimage: `ubuntu22.04-${CONNECTION}`,
  spec: `small-${CONNECTION}`,
  vmspec: `small-${CONNECTION}`,
  vm: MACHINE,
  vmstatus: MACHINE,
}

function queryOf(component: string, path: string): string {
  if (component === 'cb-spider') return `?ConnectionName=${CONNECTION}`
  if (path === '/dragonfly/agent/metadata') return '?ns_id=default&mcis_id=infra01&vm_id=g1-1'
  return ''
}

/** The request that shows a route at work: every parameter filled with something that exists. */
export function exampleOf(route: Route): Example {
  const params: Record<string, string> = {}
  const segments = route.path.split('/').map((segment, index, all) => {
    const name = /^\{(.+)\}$/.exec(segment)?.[1]
    if (name === undefined) return segment
    const value = PARAMS[name] ?? RESOURCES[all[index - 1] ?? '']
    if (value === undefined) throw new Error(`no example for {${name}} of ${route.path}`)
    params[name] = value
    return value
  })
  const backend: Backend = route.backends[0]
  const filled = fillTemplate(backend.path, { params, responses: [] })
  if (!filled.ok) throw new Error(filled.error)
  const query = queryOf(backend.name, filled.value)
  return {
    route,
    path: `${segments.join('/')}${query}`,
    component: backend.name,
    componentPath: `${filled.value}${query}`,
  }
}
