import { expect, test, vi } from 'vitest'
import { GUARDED, HELD } from './spider.ts'
import { describeOnCluster } from './stack.ts'
import { ask, countOf, unbearable, underTraffic } from './traffic.ts'
import { learnPassword, useWiredStack } from './wired-stack.ts'

const SPIDER = 'cb-spider'

describeOnCluster('cb-bridge in front of constant traffic', () => {
  const { stack, gateway, spider, settings } = useWiredStack('bootstrap')

  const run = (verb: string, more: Record<string, string> = {}, ...flags: string[]) =>
    stack.run(verb, { ...settings, ...more }, ...flags)
  const through = () => ask(gateway.url + GUARDED)
  const find = async () => (await gateway.registry()).find(SPIDER)
  /** Runs a verb under traffic. */
  const during = async (verb: string, more: Record<string, string> = {}, ...flags: string[]) => {
    const { result: ran, answers } = await underTraffic(gateway.url + GUARDED, () =>
      run(verb, more, ...flags),
    )
    expect(unbearable(answers)).toEqual([])
    return { ran, counts: countOf(answers) }
  }

  test('a gateway that nobody has used is all that up needs: the stack keeps a token of its own', async () => {
    const ran = await run('up')
    expect(ran).toMatchObject({ code: 0, report: { result: 'ready' } })
    delete stack.env['CB_BRIDGE_BOOTSTRAP']
    learnPassword(stack, spider())
    expect(await through()).toMatchObject({ status: 200 })
    expect(await run('status')).toMatchObject({ code: 0 })
  })

  test('a change of its pods is a moment of 503', async () => {
    const { ran, counts } = await during('up', { [`environment.${SPIDER}.A`]: 'b' })
    expect(ran).toMatchObject({ code: 0, report: { result: 'ready' } })
    expect(counts).toMatchObject({ 'upstream-draining': expect.any(Number) as number })
    expect(await through()).toMatchObject({ status: 200 })
  })

  test('a change that fails gives back what answers all the same', async () => {
    const broken = { [`images.${SPIDER}`]: 'example.org/never-ready:1', [`bounds.${SPIDER}`]: '5s' }
    const { ran, counts } = await during('up', broken)
    expect(ran).toMatchObject({ code: 3, report: { result: 'failed' } })
    expect(counts).toMatchObject({ 'upstream-draining': expect.any(Number) as number })
    expect(await through()).toMatchObject({ status: 200 })
  })

  test('what does not answer any more stays drained until it does', async () => {
    spider().isReady = false
    const { ran } = await during('up', {
      [`environment.${SPIDER}.A`]: 'c',
      [`bounds.${SPIDER}`]: '5s',
    })
    expect(ran).toMatchObject({ code: 3, report: { result: 'failed' } })
    expect(await through()).toMatchObject({ status: 503, problem: 'upstream-draining' })
    spider().isReady = true
    const { ran: again } = await during('up')
    expect(again).toMatchObject({ code: 0, report: { result: 'ready' } })
    expect(await through()).toMatchObject({ status: 200 })
  })

  test('down lets a request end before its component goes; then its routes say that it is closed', async () => {
    const held = ask(gateway.url + HELD, 120_000)
    const stopping = during('down')
    await vi.waitFor(
      async () => {
        const live = await find()
        expect(live?.drain).toMatchObject({ state: 'draining', inFlight: 1, unconfirmed: 0 })
      },
      { timeout: 60_000, interval: 250 },
    )
    expect(stack.objects('deployments,services').map(({ kind }) => kind)).toContain('Deployment')
    expect(await through()).toMatchObject({ status: 503, problem: 'upstream-draining' })
    spider().release()
    expect(await held).toMatchObject({ status: 200 })
    const { ran, counts } = await stopping
    expect(ran).toMatchObject({ code: 0, report: { result: 'stopped' } })
    expect(counts).toMatchObject({ 'upstream-draining': expect.any(Number) as number })
    expect(await find()).toBeUndefined()
    expect(await through()).toMatchObject({ status: 503, problem: 'upstream-closed' })
  })

  test('a gateway that goes away is waited for a minute, then named; nothing is published by halves', async () => {
    spider().isReady = false
    const running = stack.start('up', settings)
    await vi.waitFor(
      () => expect(running.stdout()).toContain(`{"component":"${SPIDER}","state":"ready"}`),
      { timeout: 90_000, interval: 100 },
    )
    await gateway.kill()
    const start = performance.now()
    spider().isReady = true
    expect(await running.exited).toBe(5)
    const seconds = (performance.now() - start) / 1000
    expect(seconds).toBeGreaterThan(50)
    expect(seconds).toBeLessThan(80)
    expect(running.stdout()).toContain(`The gateway at ${gateway.url} cannot be reached`)
    await gateway.start()
    expect(await find()).toBeUndefined()
    expect(await run('up')).toMatchObject({ code: 0, report: { result: 'ready' } })
    expect(await through()).toMatchObject({ status: 200 })
  })

  test('down --delete-data ends without a moment of 502 as well', async () => {
    const { ran, counts } = await during('down', {}, '--delete-data', '--yes')
    expect(ran).toMatchObject({ code: 0, report: { result: 'gone' } })
    expect(counts).toMatchObject({ 200: expect.any(Number) as number })
    expect(await through()).toMatchObject({ problem: 'upstream-closed' })
  })
})
