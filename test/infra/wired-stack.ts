import { afterAll, beforeAll } from 'vitest'
import { CliStack } from './cli-stack.ts'
import { RealGateway } from './gateway.ts'
import { type Spider, startSpider } from './spider.ts'

/** A stack beside a gateway that lets it in, and a CB-Spider that answers. */
export interface WiredStack {
  readonly stack: CliStack
  readonly gateway: RealGateway
  /** What stands in for CB-Spider; there from the first test on. */
  readonly spider: () => Spider
  /** What makes the stack publish to that gateway, from the first test on. */
  readonly settings: Record<string, string>
}

/** Sets such a stack up around the tests of a block; a token lets it in, or the gateway's own bootstrap token, once. */
export function useWiredStack(key: 'token' | 'bootstrap'): WiredStack {
  const stack = new CliStack()
  const gateway = new RealGateway()
  const settings: Record<string, string> = {}
  let started: Spider | undefined
  const spider = () => {
    if (started === undefined) throw new Error('it is not started yet')
    return started
  }
  beforeAll(async () => {
    started = await startSpider()
    await gateway.start()
    settings['gateway.url'] = gateway.url
    settings['addresses.cb-spider'] = started.url
    if (key === 'token') stack.env['CB_BRIDGE_TOKEN'] = await gateway.token()
    else stack.env['CB_BRIDGE_BOOTSTRAP'] = gateway.bootstrap
  })
  afterAll(async () => {
    stack.remove()
    await gateway.stop()
    await started?.close()
  })
  return { stack, gateway, spider, settings }
}

/** Lets the stand-in answer to the password that the stack has made, and nobody else. */
export function learnPassword(stack: CliStack, spider: Spider): void {
  const secret = stack.objects('secrets').find(({ metadata }) => metadata.name === 'cb-spider')
  spider.password = Buffer.from(secret?.data?.['api-password'] ?? '', 'base64').toString()
}
