import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { CliStack } from './cli-stack.ts'
import { describeOnCluster, kubectl } from './stack.ts'
import { useWiredStack } from './wired-stack.ts'

const SPIDER = 'cb-spider'
const POSTGRES = 'cb-spider-postgres'

describeOnCluster('cb-bridge up, preview, status and down', () => {
  const { stack, gateway, spider, settings } = useWiredStack('bootstrap')
  /** Everything that was printed. */
  const printed: string[] = []

  const run = async (verb: string, more: Record<string, string> = {}, ...flags: string[]) => {
    const ran = await stack.run(verb, { ...settings, ...more }, ...flags)
    printed.push(ran.text)
    return ran
  }
  const states = ({ report }: Awaited<ReturnType<typeof run>>) =>
    report.components.map(({ name, state }) => `${name} ${state}`)
  const kept = () =>
    stack
      .objects('secrets,pvc')
      .map(({ kind, metadata, data }) => [kind, metadata.name, metadata.uid, data])

  test('down of a stack that never was has nothing to do, and makes nothing', async () => {
    const ran = await stack.run('down')
    expect(ran).toMatchObject({ code: 0, report: { result: 'gone', changes: [] } })
    expect(kubectl(['get', 'namespace', stack.namespace, '--ignore-not-found'])).toBe('')
  })

  test('up brings all to wired, and tells each step of each component', async () => {
    const ran = await run('up')
    expect(ran.report.errors).toBeUndefined()
    expect(ran).toMatchObject({ code: 0, report: { result: 'ready', exit: 0 } })
    expect(states(ran)).toEqual([`${POSTGRES} ready`, `${SPIDER} wired`])
    const steps = ran.lines.filter((line) => line['component'] === SPIDER)
    expect(steps.map((line) => line['state']).slice(-2)).toEqual(['ready', 'wired'])
    expect(await gateway.upstreams()).toHaveLength(2)
    delete stack.env['CB_BRIDGE_BOOTSTRAP']
  })

  test('again, nothing is left to do', async () => {
    expect(await run('preview')).toMatchObject({ code: 0, report: { result: 'unchanged' } })
    const ran = await run('up')
    expect(ran).toMatchObject({ code: 0, report: { result: 'unchanged', changes: [] } })
    expect(states(ran)).toEqual([`${POSTGRES} ready`, `${SPIDER} wired`])
  })

  test('status tells it from the cluster and the gateway, without settings', async () => {
    const ran = await stack.run('status')
    expect(ran).toMatchObject({ code: 0, report: { result: 'ready' } })
    expect(ran.report.components).toMatchObject([
      { name: POSTGRES, running: '16-alpine', volumes: [{ phase: 'Bound', size: '2Gi' }] },
      { name: SPIDER, state: 'wired', upstreams: [{ state: 'open', address: spider().url }, {}] },
    ])
  })

  test('status --watch looks again and again; Ctrl-C ends it with what it saw last', async () => {
    const running = stack.start('status', {}, '--watch')
    const looks = () => running.stdout().split('"result":"ready"').length - 1
    while (looks() < 2 && running.child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    running.child.kill('SIGINT')
    expect(await running.exited).toBe(0)
    expect(looks()).toBeGreaterThanOrEqual(3)
  })

  test('what was changed by hand is named and repaired', async () => {
    const n = ['-n', stack.namespace]
    kubectl(['scale', 'deployment', SPIDER, '--replicas=0', ...n])
    kubectl(['delete', 'service', SPIDER, ...n])
    kubectl(['patch', 'configmap', SPIDER, ...n, '-p', '{"data":{"ADMINWEB":"ON"}}'])
    await gateway.change(SPIDER, { targets: [{ url: 'http://127.0.0.9:9' }] })
    const { report } = await run('preview')
    expect(report.errors).toBeUndefined()
    const named = report.changes.map(({ op, resource }) => `${op} ${resource}`)
    expect(named).toEqual(
      expect.arrayContaining([
        `create Service ${SPIDER}`,
        `update ConfigMap ${SPIDER}`,
        `update Deployment ${SPIDER}`,
        `update Upstream ${SPIDER}`,
      ]),
    )
    const fields = report.changes.find(({ resource }) => resource === `ConfigMap ${SPIDER}`)?.fields
    expect(fields).toEqual(['data.ADMINWEB'])
    expect(await stack.run('status')).toMatchObject({ code: 3 })
    expect(await run('up')).toMatchObject({ code: 0, report: { result: 'ready' } })
    const [upstream] = await gateway.upstreams()
    expect(upstream?.settings).toMatchObject({ targets: [{ url: spider().url }] })
    expect(await run('preview')).toMatchObject({ report: { result: 'unchanged' } })
    expect(await stack.run('status')).toMatchObject({ code: 0 })
  })

  test('an image that cannot be had fails within the bound, with its name, reason and next step', async () => {
    const start = performance.now()
    const ran = await run('up', {
      [`images.${SPIDER}`]: 'example.org/no-such-image:1',
      [`bounds.${SPIDER}`]: '6s',
    })
    expect(performance.now() - start).toBeLessThan(60_000)
    expect(ran).toMatchObject({ code: 3, report: { result: 'failed', exit: 3 } })
    const reason = ran.report.components.find(({ name }) => name === SPIDER)?.reason
    expect(reason).toContain('ImagePullBackOff')
    expect(reason).toContain(`Check "images.${SPIDER}"`)
    expect(await run('up')).toMatchObject({ code: 0, report: { result: 'ready' } })
  })

  test('down stops it and keeps claims and Secrets; up starts on them', async () => {
    const before = kept()
    const ran = await stack.run('down')
    expect(ran).toMatchObject({ code: 0, report: { result: 'stopped' } })
    expect(states(ran)).toEqual([`${POSTGRES} stopped`, `${SPIDER} stopped`])
    expect(stack.objects('deployments,statefulsets,services,configmaps')).toEqual([])
    expect(await gateway.upstreams()).toEqual([])
    expect(kept()).toEqual(before)
    expect(await run('up')).toMatchObject({ code: 0, report: { result: 'ready' } })
    expect(kept()).toEqual(before)
  })

  test('a claim that somebody deleted is an error, and nothing is changed', async () => {
    expect(await stack.run('down')).toMatchObject({ code: 0 })
    kubectl(['delete', 'pvc', `data-${POSTGRES}-0`, '-n', stack.namespace])
    const { code, report } = await run('up')
    expect({ code, errors: report.errors }).toMatchObject({
      code: 1,
      errors: [expect.stringContaining(`The PersistentVolumeClaim data-${POSTGRES}-0 is gone`)],
    })
    expect(stack.objects('deployments,statefulsets')).toEqual([])
  })

  test('down --delete-data asks first, and leaves nothing', async () => {
    const refused = await stack.run('down', {}, '--delete-data')
    expect(refused).toMatchObject({ code: 1 })
    expect(stack.objects('secrets').length).toBe(2)
    const values = stack
      .objects('secrets')
      .flatMap(({ data = {} }) => Object.values(data))
      .flatMap((encoded) => [encoded, Buffer.from(encoded, 'base64').toString()])
    const state = readFileSync(stack.checkpoint, 'utf8')
    for (const secret of [...values, gateway.bootstrap]) {
      expect(state).not.toContain(secret)
      expect(printed.join('\n')).not.toContain(secret)
    }
    const ran = await stack.run('down', {}, '--delete-data', '--yes')
    expect(ran.report.errors).toBeUndefined()
    expect(ran).toMatchObject({ code: 0, report: { result: 'gone' } })
    expect(kubectl(['get', 'namespace', stack.namespace, '--ignore-not-found'])).toBe('')
    expect(await gateway.tokens()).toEqual(['eve'])
  })
})

describeOnCluster('cb-bridge up refuses, and changes nothing,', () => {
  const stack = new CliStack()
  afterAll(() => stack.remove())

  const versions = () =>
    kubectl(['get', 'all,configmaps,secrets,pvc', '-n', stack.namespace, '-o', 'json'])

  test('settings that are wrong: all of them, with their places', async () => {
    const file = join(stack.directory, 'settings.yaml')
    writeFileSync(file, 'components: [cb-spider]\nreach: moon\nstorage:\n  cb-spider: 1Gi\n')
    const { code, report } = await stack.run('up', { 'versions.nobody': '1' }, '--settings', file)
    expect(code).toBe(1)
    const [text = ''] = report.errors ?? []
    expect(text).toContain(`${file}:2:8: error:`)
  })

  test('what stands in the way: strangers, a quota and Pod Security, at once', async () => {
    kubectl(['create', 'namespace', stack.namespace])
    kubectl([
      'label',
      'namespace',
      stack.namespace,
      'pod-security.kubernetes.io/enforce=restricted',
    ])
    kubectl(['create', 'configmap', SPIDER, '-n', stack.namespace])
    kubectl(['create', 'quota', 'small', '--hard=pods=1', '-n', stack.namespace])
    const before = versions()
    const { code, report } = await stack.run('up')
    expect(code).toBe(1)
    expect(report.errors).toEqual([
      expect.stringContaining('The quota "small" allows 1 pods'),
      expect.stringContaining('Pod Security level "restricted"'),
      expect.stringContaining(`There is a ConfigMap "${SPIDER}"`),
    ])
    expect(versions()).toEqual(before)
  })

  test('without a terminal and a context', async () => {
    const { code, report } = await stack.run('up', {}, '--context', 'nowhere')
    expect(code).toBe(1)
    expect(report.errors).toEqual([expect.stringContaining('no context "nowhere"')])
  })
})
