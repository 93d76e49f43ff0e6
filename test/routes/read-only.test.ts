import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Route } from '../../src/plan/types.ts'
import { ask, askComponent } from './client.ts'
import { exampleOf } from './examples.ts'
import { startStage } from './gateway.ts'
import type { Stage } from './gateway.ts'
import { createManualClock } from './manual-clock.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage({ clock: createManualClock() })
}, 30_000)
afterAll(() => stage.close())

const readOnly = (): readonly Route[] =>
  stage.gateway.plan.routes.filter((route) => route.path.startsWith('/readonly/'))
const get = (path: string) => ask(`${stage.url}/readonly${path}`)

/** Paths of routes that answer something else than the component does, each with a reason to be tested below. */
const SHAPED = [
  '/spider/endpointinfo',
  '/spider/credential',
  '/spider/credential/{CredentialName}',
  '/spider/keypair',
  '/spider/keypair/{Name}',
  '/tumblebug/ns/{nsId}/resources/sshKey',
  '/tumblebug/ns/{nsId}/resources/sshKey/{resourceId}',
  '/dragonfly/alert/eventhandlers',
  '/dragonfly/alert/eventhandler/type/{type}/event/{name}',
  '/dragonfly/alert/tasks',
  '/ladybug/healthy',
  '/ladybug/ns/{nsId}/clusters',
  '/ladybug/ns/{nsId}/clusters/{clusterName}',
  '/ladybug/ns/{nsId}/clusters/{clusterName}/nodes',
  '/ladybug/ns/{nsId}/clusters/{clusterName}/nodes/{nodeName}',
].map((path) => `/readonly${path}`)

describe('the read-only set', () => {
  it('answers what the component answers, with no credentials of the client', async () => {
    expect(readOnly().length).toBeGreaterThan(70)
    for (const route of readOnly()) {
      const { path, component, componentPath } = exampleOf(route)
      const [answer, original] = await Promise.all([
        ask(`${stage.url}${path}`),
        askComponent(stage.demo, component, componentPath),
      ])
      expect(answer.status, path).toBe(original.status)
      expect(answer.status, path).toBeLessThan(300)
      expect(answer.headers.get('x-cb-restapigw-completed'), path).toBe('true')
      if (!SHAPED.includes(route.path)) expect(answer.json, path).toEqual(original.json)
    }
  }, 60_000)

  it('answers HEAD wherever it answers GET', async () => {
    const { status, text } = await ask(`${stage.url}/readonly/tumblebug/ns`, { method: 'HEAD' })
    expect([status, text]).toEqual([200, ''])
  })

  it('hands on texts', async () => {
    expect((await get('/ladybug/healthy')).text).toBe('cloud-barista cb-ladybug is alived\n')
    expect((await get('/spider/endpointinfo')).text).toContain('<CB-Spider>')
  })

  it('answers 204 where the component does', async () => {
    expect(await get('/dragonfly/healthcheck')).toMatchObject({ status: 204, text: '' })
  })

  it('reads arrays, bare and under a name of its own', async () => {
    expect((await get('/terrarium/tr')).json).toMatchObject([{ id: 'tr01' }])
    expect((await get('/dragonfly/alert/tasks')).json).toMatchObject({
      tasks: [{ name: 'cpu-high' }],
    })
    expect((await get('/dragonfly/alert/eventhandlers')).json).toEqual([
      { id: 'slack', name: 'ops', type: 'slack' },
      { id: 'smtp', name: 'mail', type: 'smtp' },
    ])
  })

  it('hides keys, tokens and passwords', async () => {
    const at = '?ConnectionName=aws-ap-northeast-2'
    const paths = [
      '/spider/credential',
      '/spider/credential/aws-admin',
      `/spider/keypair${at}`,
      `/spider/keypair/key-aws-ap-northeast-2${at}`,
      '/tumblebug/ns/default/resources/sshKey',
      '/tumblebug/ns/default/resources/sshKey/key-aws-ap-northeast-2',
      '/tumblebug/ns/default/infra/infra01?option=accessinfo&accessInfoOption=showSshKey',
      '/dragonfly/alert/eventhandler/type/slack/event/ops',
      '/ladybug/ns/default/clusters',
      '/ladybug/ns/default/clusters/cluster01',
      '/ladybug/ns/default/clusters/cluster01/nodes',
      '/ladybug/ns/default/clusters/cluster01/nodes/cluster01-c-1',
    ]
    const secret = /STAND-IN KEY|ClientSecret|token: secret|"channel"/
    for (const path of paths) {
      const component = `cb-${path.split('/')[1]}`
      const original = await askComponent(stage.demo, component, path)
      expect(original.text, path).toMatch(secret)
      const { status, text } = await get(path)
      expect(status, path).toBe(200)
      expect(text, path).not.toMatch(secret)
    }
  })

  it('does not act, whatever the query says', async () => {
    await get('/tumblebug/ns/default/mcis/infra01?action=terminate')
    await get('/tumblebug/ns/default/infra/infra01?option=terminate')
    const { json } = await get('/tumblebug/ns/default/infra/infra01/status')
    expect(json).toMatchObject({ status: { status: 'Running:3 (R:3/3)' } })
  })

  it('knows neither control nor other methods', async () => {
    expect((await get('/tumblebug/ns/default/control/infra/infra01?action=suspend')).status).toBe(
      404,
    )
    expect((await get('/spider/controlvm/default-infra01-g1-1?action=suspend')).status).toBe(404)
    const path = `${stage.url}/readonly/tumblebug/ns`
    const { status, headers } = await ask(path, { method: 'POST', json: { name: 'no' } })
    expect([status, headers.get('allow')]).toEqual([405, expect.stringContaining('GET')])
  })

  it('hands on the status and the message of a component that says no', async () => {
    expect(await get('/tumblebug/ns/none')).toMatchObject({
      status: 404,
      json: { message: 'Not valid namespace' },
    })
    expect(await get('/spider/vm')).toMatchObject({
      status: 500,
      json: { message: 'connectionName is empty!' },
    })
  })
})
