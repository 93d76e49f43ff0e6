import { expect, test } from 'vitest'
import { freshKey } from '../support/script.ts'
import type { Configuration, Host } from './host.ts'
import { describeOn, fixtureValues, useConfiguration, type Stage } from './stage.ts'

const version = (name: string, rest = ''): Configuration => ({
  system: `version: 1\nname: swap\ntimeout: 10s\n`,
  apis: {
    'swap.yaml': `
definitions:
  - name: swapped
    endpoint: /swapped/{key}
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend: [{url_pattern: "/${name}/{key}", group: ${name}}]
  - name: raw
    endpoint: /raw-${name}/*bypass
    output_encoding: no-op
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend: [{url_pattern: "/*bypass", encoding: no-op}]
${rest}`,
  },
})

/** A running gateway takes a new configuration. Runs a gateway of its own. */
export function swap(host: Host): void {
  describeOn(host, 'swap', 'a swap of the configuration', () => {
    const on = useConfiguration(host, version('v1'))

    test('takes effect, and the snapshot changes its name', async () => {
      expect(await groupsOf(on)).toEqual(['v1'])
      const before = await snapshotOf(on)
      expect(await swapTo(on, version('v2'))).toEqual({ ok: true })
      expect(await groupsOf(on)).toEqual(['v2'])
      expect(await snapshotOf(on)).not.toBe(before)
      await swapTo(on, version('v1'))
      expect(await snapshotOf(on)).toBe(before)
    })

    test('lets requests in flight finish on the old one', async () => {
      const key = freshKey()
      await on.first.script(key, { gate: 'go', body: '{}' })
      const answer = on.gateway.fetch(`/swapped/${key}`)
      await on.first.until(key, (seen) => seen.length === 1)
      await swapTo(on, version('v2'))
      await on.first.open(key, 'go')
      expect(await (await answer).json()).toEqual({ v1: {} })
      await swapTo(on, version('v1'))
    })

    test('disturbs no stream and no WebSocket', async () => {
      const key = freshKey()
      await on.first.script(key, {
        stream: { steps: [{ text: 'data: 1\n\n' }, { gate: 'go' }, { text: 'data: 2\n\n' }] },
      })
      const stream = await on.gateway.fetch(`/raw-v1/${key}/stream`)
      const talk = await on.gateway.webSocket(`/raw-v1/${key}/talk`)
      for (const name of ['v2', 'v3', 'v2']) await swapTo(on, version(name))
      expect((await on.gateway.fetch(`/raw-v1/${key}/stream`)).status).toBe(404)
      await on.first.open(key, 'go')
      expect(await stream.text()).toBe('data: 1\n\ndata: 2\n\n')
      talk.send('still there')
      expect(await talk.next()).toBe('still there')
      talk.close(1000, '')
      await swapTo(on, version('v1'))
    })

    test.each([
      ['is no YAML', '  - {'],
      ['is no configuration', '  - {name: x, endpoint: /x}'],
      ['is ambiguous', conflict],
      ['needs a value that is not there', needing],
    ])('to one that %s is refused, and the last good one stays', async (_, rest) => {
      const swapped = await swapTo(on, version('v9', rest))
      expect(swapped).toMatchObject({ ok: false, text: expect.stringMatching(/./) })
      expect(await groupsOf(on)).toEqual(['v1'])
      expect((await on.gateway.fetch('/__health')).status).toBe(200)
    })

    test('works again after a refusal', async () => {
      expect(await swapTo(on, version('v2'))).toEqual({ ok: true })
      expect(await groupsOf(on)).toEqual(['v2'])
    })
  })
}

const conflict = `  - name: the same once more
    endpoint: /swapped/{other}
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend: [{url_pattern: "/{other}"}]
`

const needing = `  - name: needing
    endpoint: /needing
    hosts: [{host: "\${A_VALUE_THAT_NOBODY_HAS}"}]
    backend: [{url_pattern: "/"}]
`

async function swapTo(on: Stage, configuration: Configuration) {
  if (on.gateway.swap === undefined) throw new Error('this host can not swap')
  return on.gateway.swap(configuration, fixtureValues())
}

const groupsOf = async (on: Stage): Promise<readonly string[]> =>
  Object.keys((await (await on.gateway.fetch('/swapped/x')).json()) as object)

const snapshotOf = async (on: Stage): Promise<unknown> =>
  ((await (await on.gateway.fetch('/__health')).json()) as { snapshot?: unknown }).snapshot
