import { json, message } from './replies.ts'
import type { Call, Handler, Reply, Routes } from './router.ts'
import type { Credentials, StandIn } from './stand-in.ts'
import { infrasOf } from './world.ts'
import type { Machine, World } from './world.ts'

/** CB-Dragonfly of 2021 under `/dragonfly`: monitoring values that change with the clock, alerts, agents. */
export function createDragonfly(world: World, credentials: Credentials): StandIn {
  return {
    name: 'cb-dragonfly',
    credentials,
    isOpen: (call) => call.path === '/dragonfly/healthcheck',
    routes: {
      'GET /dragonfly/healthcheck': () => ({ status: 204 }),
      ...policyRoutes(),
      ...alertRoutes(world),
      ...agentRoutes(world),
      ...metricRoutes(world),
    },
  }
}

const DEFAULT_POLICY = {
  mcis_agent_interval: 2,
  mcis_collector_interval: 10,
  max_host_count: 5,
  monitoring_policy: 'agentCount',
  default_policy: 'push',
}

function policyRoutes(): Routes {
  let policy: Readonly<Record<string, string | number>> = DEFAULT_POLICY
  return {
    'GET /dragonfly/config': () => json(policy),
    'PUT /dragonfly/config': (call) => {
      const form = new URLSearchParams(call.body.toString('utf8'))
      const changes = [...form].map(([key, value]) => [key, Number(value)] as const)
      if (changes.length === 0 || changes.some(([, value]) => !(value > 0))) {
        return message(500, 'Invalid parameter, parameter not defined')
      }
      policy = { ...policy, ...Object.fromEntries(changes) }
      return json(policy)
    },
    'PUT /dragonfly/config/reset': () => {
      policy = DEFAULT_POLICY
      return json(policy)
    },
  }
}

const HANDLERS = [
  { id: 'slack', name: 'ops', type: 'slack', options: { channel: '#ops', enabled: true } },
  { id: 'smtp', name: 'mail', type: 'smtp', options: { to: ['ops@example.org'] } },
]

const TASKS = [
  {
    name: 'cpu-high',
    measurement: 'cpu',
    target_type: 'MCIS',
    target_id: 'infra01',
    event_duration: '10s',
    metric: 'cpu_utilization',
    alert_math_expression: 'greater',
    alert_threshold: 80,
    warn_event_cnt: 3,
    critic_event_cnt: 5,
    alert_event_type: 'slack',
    alert_event_name: 'ops',
    alert_event_message: 'CPU is high',
  },
]

function alertRoutes(world: World): Routes {
  return {
    'GET /dragonfly/alert/eventhandlers': () => json(HANDLERS),
    'GET /dragonfly/alert/eventhandler/type/:type/event/:name': (call) =>
      found(HANDLERS.find((h) => h.type === call.param('type') && h.name === call.param('name'))),
    'GET /dragonfly/alert/tasks': () => json(TASKS),
    'GET /dragonfly/alert/task/:task': (call) =>
      found(TASKS.find((task) => task.name === call.param('task'))),
    'GET /dragonfly/alert/task/:task/events': (call) =>
      json([
        {
          id: call.param('task'),
          time: new Date(world.clock.now()).toISOString(),
          level: 'OK',
          message: 'CPU is back to normal',
        },
      ]),
  }
}

const found = (value: unknown): Reply =>
  value === undefined ? message(404, 'not found') : json(value)

function agentRoutes(world: World): Routes {
  const agents = () =>
    [...world.infras.values()].flatMap((infra) =>
      infra.nodes.map(({ id, machine }) => ({
        ns_id: infra.namespace,
        mcis_id: infra.id,
        vm_id: id,
        csp_type: world.connections.get(machine.connection)?.provider ?? '',
        public_ip: machine.publicIp,
        agent_state: 'installed',
        agent_health: 'healthy',
      })),
    )
  return {
    'GET /dragonfly/agents/metadata': () => json(agents()),
    'GET /dragonfly/agent/metadata': (call) => {
      const wanted = ['ns_id', 'mcis_id', 'vm_id'] as const
      return found(agents().find((a) => wanted.every((key) => call.query.get(key) === a[key])))
    },
  }
}

function metricRoutes(world: World): Routes {
  const vm = '/dragonfly/ns/:nsId/mcis/:mcisId/vm/:vmId'
  return {
    [`GET ${vm}/metric/:metric/info`]: ofMachine(world, (machine, call) => {
      const now = world.clock.now()
      const values = [40, 30, 20, 10, 0].map((age) => valuesAt(machine, call, now - age * 1000))
      const tags = { nsId: call.param('nsId'), mcisId: call.param('mcisId') }
      return json({
        name: call.param('metric'),
        tags: { ...tags, vmId: call.param('vmId') },
        values,
      })
    }),
    [`GET ${vm}/agent_ip/:ip/metric/:metric/ondemand-monitoring-info`]: ofMachine(
      world,
      (machine, call) => {
        const { time, ...values } = valuesAt(machine, call, world.clock.now())
        const tags = { ns_id: call.param('nsId'), mcis_id: call.param('mcisId') }
        return json({ name: call.param('metric'), tags, time, values })
      },
    ),
    [`GET ${vm}/agent_ip/:ip/mcis_metric/:metric/mcis-monitoring-info`]: ofMachine(
      world,
      (machine, call) => json({ result: [valuesAt(machine, call, world.clock.now())] }),
    ),
  }
}

function ofMachine(world: World, answer: (machine: Machine, call: Call) => Reply): Handler {
  return (call) => {
    const infra = infrasOf(world, call.param('nsId')).find(({ id }) => id === call.param('mcisId'))
    const node = infra?.nodes.find(({ id }) => id === call.param('vmId'))
    if (node === undefined) return message(404, `not found metric data, vm=${call.param('vmId')}`)
    if (!METRICS.has(call.param('metric'))) {
      return message(500, `not found metric : ${call.param('metric')}`)
    }
    return answer(node.machine, call)
  }
}

const METRICS = new Set(['cpu', 'cpufreq', 'memory', 'disk', 'network', 'Rtt', 'Mrtt'])

/** A wave per machine, so that values change from second to second and differ from node to node. */
function valuesAt(machine: Machine, call: Call, at: number) {
  const phase = Number(machine.systemId.slice(2))
  const load = 30 + 20 * Math.sin(at / 7000 + phase)
  return {
    time: new Date(at).toISOString(),
    [`${call.param('metric')}_utilization`]: Number(load.toFixed(6)),
  }
}
