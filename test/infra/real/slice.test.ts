import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { CliStack } from '../cli-stack.ts'
import { RealGateway } from '../gateway.ts'
import { GUARDED } from '../spider.ts'
import { describeOnCluster, kubectl } from '../stack.ts'
import { ask, countOf, unbearable, underTraffic } from '../traffic.ts'

const SPIDER = 'cb-spider'
const POSTGRES = 'cb-spider-postgres'

describeOnCluster(
  'the slice on a real node, from PostgreSQL to traffic through the gateway',
  () => {
    const stack = new CliStack()
    const gateway = new RealGateway()
    const disk = mkdtempSync(join(tmpdir(), 'cb-bridge-disk-'))
    let settings: Record<string, string>

    beforeAll(async () => {
      kubectl(['create', '-f', '-'], JSON.stringify(volumeAt(disk, stack.name)))
      await gateway.start()
      stack.env['CB_BRIDGE_BOOTSTRAP'] = gateway.bootstrap
      settings = {
        'gateway.url': gateway.url,
        reach: 'nodePort',
        [`storage.${POSTGRES}.class`]: stack.name,
      }
    })
    afterAll(async () => {
      stack.remove()
      await gateway.stop()
      kubectl(['delete', 'pv,storageclass', stack.name, '--ignore-not-found', '--wait=false'])
      rmSync(disk, { recursive: true, force: true })
    })

    const run = (verb: string, more: Record<string, string> = {}, ...flags: string[]) =>
      stack.run(verb, { ...settings, ...more }, ...flags)
    const through = () => ask(gateway.url + GUARDED)
    /** Runs a verb while 50 requests come each second. */
    const during = async (verb: string, more: Record<string, string> = {}, ...flags: string[]) => {
      const { result: ran, answers } = await underTraffic(gateway.url + GUARDED, () =>
        run(verb, more, ...flags),
      )
      expect(unbearable(answers)).toEqual([])
      return { ran, counts: countOf(answers) }
    }
    const spiderStatus = async () => {
      const { report } = await stack.run('status')
      return report.components.find(({ name }) => name === SPIDER)
    }
    const sql = (text: string) => {
      const psql = ['psql', '-U', 'spider', '-d', 'cb_spider', '-Atc', text]
      return kubectl(['exec', `${POSTGRES}-0`, '-n', stack.namespace, '--', ...psql]).trim()
    }

    test('comes up by its real probes, and carries traffic with the credentials of the stack', async () => {
      const ran = await run('up')
      expect(ran.report.errors).toBeUndefined()
      expect(ran).toMatchObject({ code: 0, report: { result: 'ready' } })
      expect(ran.report.components).toMatchObject([
        { name: POSTGRES, state: 'ready' },
        { name: SPIDER, state: 'wired' },
      ])
      expect(await through()).toMatchObject({ status: 200 })
      expect(await spiderStatus()).toMatchObject({ state: 'wired', restarts: 0 })
      sql('CREATE TABLE kept (what text)')
      sql("INSERT INTO kept VALUES ('this row')")
    })

    test('a changed configuration is rolled out under traffic with nothing but 200 and 503', async () => {
      const { ran, counts } = await during('up', { [`environment.${SPIDER}.A`]: 'b' })
      expect(ran.report.errors).toBeUndefined()
      expect(ran).toMatchObject({ code: 0, report: { result: 'ready' } })
      expect(counts).toEqual({
        200: expect.any(Number) as number,
        'upstream-draining': expect.any(Number) as number,
      })
      expect(await through()).toMatchObject({ status: 200 })
    })

    test('so is one of its database, and the row is there', async () => {
      const { ran } = await during('up', { [`environment.${POSTGRES}.A`]: 'b' })
      expect(ran.report.errors).toBeUndefined()
      expect(ran).toMatchObject({ code: 0, report: { result: 'ready' } })
      expect(await through()).toMatchObject({ status: 200 })
      expect(sql('SELECT what FROM kept')).toBe('this row')
    })

    test('a component that dies comes back by itself, and status tells it', async () => {
      const before = (await spiderStatus()) as { readonly restarts?: number } | undefined
      kubectl([
        'exec',
        `deployment/${SPIDER}`,
        '-n',
        stack.namespace,
        '--',
        'sh',
        '-c',
        'kill -TERM 1',
      ])
      await vi.waitFor(
        async () => {
          const restarts = (before?.restarts ?? 0) + 1
          expect(await spiderStatus()).toMatchObject({ state: 'wired', restarts })
        },
        { timeout: 60_000, interval: 1000 },
      )
      expect(await through()).toMatchObject({ status: 200 })
    })

    test('one that answers its readiness request with 503 is not ready, and takes no traffic', async () => {
      const { ran } = await during('up', {
        [`environment.${SPIDER}.STAND_IN_READY`]: 'never',
        [`bounds.${SPIDER}`]: '15s',
      })
      expect(ran).toMatchObject({ code: 3, report: { result: 'failed' } })
      const late = ran.report.components.find(({ name }) => name === SPIDER)
      expect(late).toMatchObject({ state: 'starting' })
      expect(late?.reason).toContain('it does not answer its readiness probe')
      expect(await through()).toMatchObject({ status: 503, problem: 'upstream-draining' })
      expect(await run('up')).toMatchObject({ code: 0, report: { result: 'ready' } })
      expect(await through()).toMatchObject({ status: 200 })
    })

    test('a row of the database survives down and up', async () => {
      const { ran, counts } = await during('down')
      expect(ran.report.errors).toBeUndefined()
      expect(ran).toMatchObject({ code: 0, report: { result: 'stopped' } })
      expect(counts).toMatchObject({ 200: expect.any(Number) as number })
      expect(await through()).toMatchObject({ status: 503, problem: 'upstream-closed' })
      const { ran: started } = await during('up')
      expect(started).toMatchObject({ code: 0, report: { result: 'ready' } })
      expect(sql('SELECT what FROM kept')).toBe('this row')
      expect(await through()).toMatchObject({ status: 200 })
    })

    test('down --delete-data leaves nothing', async () => {
      const ran = await run('down', {}, '--delete-data', '--yes')
      expect(ran.report.errors).toBeUndefined()
      expect(ran).toMatchObject({ code: 0, report: { result: 'gone' } })
      expect(kubectl(['get', 'namespace', stack.namespace, '--ignore-not-found'])).toBe('')
    })
  },
)

/** A volume of this machine whose owner the kubelet sets, and a class for it: the cluster's own volumes belong to root. */
function volumeAt(path: string, name: string) {
  const metadata = { name }
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata,
    spec: {
      capacity: { storage: '10Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: name,
      local: { path },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            {
              matchExpressions: [
                { key: 'kubernetes.io/hostname', operator: 'In', values: ['node-0'] },
              ],
            },
          ],
        },
      },
    },
  }
  const storageClass = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata,
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
  }
  return { apiVersion: 'v1', kind: 'List', items: [storageClass, volume] }
}
