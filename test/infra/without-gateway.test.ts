import { expect, test } from 'vitest'
import { describeOnCluster, kubectl } from './stack.ts'
import { useWiredStack } from './wired-stack.ts'

const SPIDER = 'cb-spider'

describeOnCluster('a gateway that is gone for good', () => {
  const { stack, gateway, settings } = useWiredStack('bootstrap')
  const WITHOUT = '--without-gateway'
  const runs = () => stack.objects('deployments,statefulsets,services,configmaps')
  const messages = ({ lines }: Awaited<ReturnType<typeof stack.run>>) =>
    lines.flatMap(({ message }) => (typeof message === 'string' ? [message] : []))
  const stays = (what: string) => `The ${what} stays at the gateway at ${gateway.url}.`

  test('keeps down for a minute, which then names it and the way out', async () => {
    expect(await stack.run('up', settings)).toMatchObject({ code: 0, report: { result: 'ready' } })
    delete stack.env['CB_BRIDGE_BOOTSTRAP']
    await gateway.kill()
    const start = performance.now()
    const { code, report } = await stack.run('down')
    expect(performance.now() - start).toBeGreaterThan(50_000)
    expect({ code, errors: report.errors }).toEqual({
      code: 5,
      errors: expect.arrayContaining([
        expect.stringContaining(`The gateway at ${gateway.url} cannot be reached`),
        expect.stringContaining('"down --without-gateway"'),
      ]) as string[],
    })
    expect(runs()).toHaveLength(6)
  })

  test('is left alone where that is asked for: all else goes, and what stays is told', async () => {
    const start = performance.now()
    const ran = await stack.run('down', {}, WITHOUT)
    expect(performance.now() - start).toBeLessThan(40_000)
    expect(ran).toMatchObject({ code: 0, report: { result: 'stopped' } })
    expect(messages(ran).toSorted()).toEqual([
      expect.stringMatching(/^The token "stack .*" stays at the gateway at /),
      stays(`upstream "${SPIDER}"`),
      stays(`upstream "${SPIDER}-s3"`),
    ])
    expect(runs()).toEqual([])
    expect(stack.objects('secrets,pvc')).toHaveLength(3)
  })

  test('is asked for nothing from then on', async () => {
    expect(await stack.run('down')).toMatchObject({ code: 0, report: { result: 'stopped' } })
    const again = await stack.run('down', {}, WITHOUT)
    expect(again).toMatchObject({ code: 0, report: { result: 'stopped' } })
    expect(messages(again)).toEqual([])
  })

  test('that is there after all lets the stack in again, which takes over what it had', async () => {
    await gateway.start()
    stack.env['CB_BRIDGE_TOKEN'] = await gateway.token()
    expect(await gateway.upstreams()).toHaveLength(2)
    expect(await stack.run('up', settings)).toMatchObject({ code: 0, report: { result: 'ready' } })
    expect(await stack.run('status', settings)).toMatchObject({ code: 0 })
  })

  test('does not keep the data of a stack either', async () => {
    await gateway.kill()
    const ran = await stack.run('down', {}, '--delete-data', '--yes', WITHOUT)
    expect(ran.report.errors).toBeUndefined()
    expect(ran).toMatchObject({ code: 0, report: { result: 'gone' } })
    expect(messages(ran)).toEqual(
      expect.arrayContaining([
        stays(`upstream "${SPIDER}"`),
        expect.stringContaining('will be removed: PersistentVolumeClaim'),
      ]) as string[],
    )
    // The user has made that one.
    expect(messages(ran).join()).not.toContain('The token')
    expect(kubectl(['get', 'namespace', stack.namespace, '--ignore-not-found'])).toBe('')
  })
})
