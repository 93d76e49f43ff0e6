import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAdminClient } from '../../src/client/client.ts'
import { startContainer, type Container } from '../../src/cli/container.ts'
import { fakePace } from '../../infra/wiring/gateway.fixture.ts'
import { Registry } from '../../infra/wiring/registry.ts'
import { acquireToken } from '../../infra/wiring/token.ts'
import { writeDirectory } from '../hosts/directory.ts'

const BOOTSTRAP = 'bootstrap-token-of-the-first-contact'
const NAME = 'stack dev on cluster 01234567'

/** The way to a gateway, on which an answer can be lost, and everything behind it. */
interface Way {
  readonly url: string
  /** `METHOD path` of the request whose answer is lost. */
  losesAnswerOf: string | undefined
  readonly close: () => void
}

async function wayTo(gateway: string): Promise<Way> {
  let isCut = false
  const way = { losesAnswerOf: undefined as string | undefined }
  const server: Server = createServer((asked, reply) => {
    if (isCut && way.losesAnswerOf !== undefined) return asked.socket.destroy()
    const { method = 'GET', url = '/', headers } = asked
    const passed = request(new URL(url, gateway), { method, headers }, (answer) => {
      if (`${method} ${url.replace('/__admin/api/', '')}` === way.losesAnswerOf) {
        isCut = true
        answer.resume()
        return asked.socket.destroy()
      }
      reply.writeHead(answer.statusCode ?? 502, answer.headers)
      return answer.pipe(reply)
    })
    return asked.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get losesAnswerOf() {
      return way.losesAnswerOf
    },
    set losesAnswerOf(call) {
      isCut = false
      way.losesAnswerOf = call
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

describe('first contact with a gateway that nobody has used', () => {
  const directory = writeDirectory({ system: 'version: 1\nname: new\n', apis: {} })
  let gateway: Container
  let way: Way

  beforeAll(async () => {
    const quiet = () => undefined
    gateway = await startContainer({
      config: directory.path,
      port: 0,
      values: { CB_BRIDGE_BOOTSTRAP: BOOTSTRAP },
      log: quiet,
      note: quiet,
    })
    way = await wayTo(gateway.url)
  }, 30_000)
  afterAll(async () => {
    way.close()
    await gateway.close(200)
    directory.remove()
  })

  const contact = () =>
    acquireToken(way.url, { bootstrap: BOOTSTRAP, name: NAME }, { pace: fakePace() })

  // In this order each one begins on what those before have left.
  test.each(['POST bootstrap', 'POST session', 'GET tokens', 'POST tokens'])(
    'that ends behind %s can be repeated',
    async (call) => {
      way.losesAnswerOf = call
      await expect(contact()).rejects.toThrow('cannot be reached')
    },
  )

  test('comes to one token of the role wiring, whatever was begun before', async () => {
    way.losesAnswerOf = undefined
    const { token } = await contact()
    const url = way.url
    const client = createAdminClient({ url, token, fetch })
    expect(await client.whoAmI()).toMatchObject({ ok: true, value: { body: { role: 'wiring' } } })
    expect(await new Registry({ url, token }).find('cb-spider')).toBeUndefined()
    const admin = await acquireToken(url, { bootstrap: BOOTSTRAP, name: 'other' })
    const listed = await createAdminClient({ url, token: admin.token, fetch }).listTokens()
    const items = listed.ok ? listed.value.body.items : []
    expect(items.filter(({ name }) => name === NAME)).toHaveLength(1)
  })

  test('with another bootstrap token is refused with what to do', async () => {
    const contact = acquireToken(way.url, { bootstrap: 'another', name: NAME })
    await expect(contact).rejects.toThrow('set CB_BRIDGE_TOKEN')
  })
})
