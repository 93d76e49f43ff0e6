import { afterAll, beforeAll } from 'vitest'
import { component, StandInGateway } from '../../infra/wiring/gateway.fixture.ts'
import { CliStack } from './cli-stack.ts'

/** A stack beside a gateway that lets it in, and a CB-Spider that answers. */
export interface WiredStack {
  readonly stack: CliStack
  readonly gateway: StandInGateway
  /** Where CB-Spider answers, from the first test on. */
  readonly spider: { url: string }
  /** What makes the stack publish to that gateway, from the first test on. */
  readonly settings: Record<string, string>
}

/** Sets such a stack up around the tests of a block; it is let in by a token, or once by a bootstrap secret. */
export function useWiredStack(key: {
  readonly token?: string
  readonly bootstrap?: string
}): WiredStack {
  const stack = new CliStack()
  const gateway = new StandInGateway()
  const spider = { url: '' }
  const settings: Record<string, string> = {}
  let stopSpider = () => {}
  if (key.token !== undefined) stack.env['CB_BRIDGE_TOKEN'] = key.token
  if (key.bootstrap !== undefined) {
    gateway.bootstrap = key.bootstrap
    stack.env['CB_BRIDGE_BOOTSTRAP'] = key.bootstrap
  }
  beforeAll(async () => {
    const started = await component()
    stopSpider = started.stop
    spider.url = started.url
    settings['gateway.url'] = await gateway.start()
    settings['addresses.cb-spider'] = started.url
  })
  afterAll(() => {
    stack.remove()
    gateway.stop()
    stopSpider()
  })
  return { stack, gateway, spider, settings }
}
