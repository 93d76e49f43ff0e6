import { main } from '@pulumi/pulumi/provider/index.js'
import { VERSION } from '../../../src/lib/version.ts'
import { type Handler, providerOf } from './dispatch.ts'
import { gatewayToken } from './gateway-token.ts'
import { generatedSecret } from './generated-secret.ts'
import { upstream } from './upstream.ts'

/** What the provider manages, by the last part of its type. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  Upstream: upstream,
  GeneratedSecret: generatedSecret,
  GatewayToken: gatewayToken,
}

/** Serves the engine until it ends; `args` are those that it gives. */
export async function start(args: readonly string[]): Promise<void> {
  await main(providerOf(HANDLERS, VERSION), [...args])
}
