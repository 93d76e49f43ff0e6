import { PulumiCommand } from '@pulumi/pulumi/automation/cmd.js'
import { version } from '@pulumi/pulumi/version.js'
import module from 'node:module'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { reasonOf, telling } from './installing.ts'
import { onPath } from './on-path.ts'
import { Refusal } from './report.ts'

/** Where our provider is; the engine finds it on its PATH. */
const PROVIDER = fileURLToPath(new URL('../wiring/bin', import.meta.url))

/** The engine, and what it needs in its environment. */
export interface Engine {
  readonly command: PulumiCommand
  readonly environment: Readonly<Record<string, string>>
}

/** The oldest engine of major version 3 that runs hooks behind what fails. */
const OLDEST_MINOR = 217

/**
 * Pulumi's engine: the one on PATH that is new enough, else the version that belongs to our SDK, from the user's cache or put
 * there now.
 *
 * @throws Refusal where there is none and none can be had
 */
export async function findEngine(tell: (line: string) => void): Promise<Engine> {
  const found = await onPath()
  const isUsable = found !== undefined && !isOld(found)
  const lack = found === undefined ? 'not on PATH' : `older than 3.${OLDEST_MINOR} on PATH`
  const command = isUsable ? found : await fromCache(lack, tell)
  const compiled = module.getCompileCacheDir?.()
  const path = [PROVIDER, process.env['PATH'] ?? ''].join(delimiter)
  return {
    command,
    environment: {
      PATH: path,
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: 'true',
      // Our provider starts from what is compiled already, as we do.
      ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) }),
    },
  }
}

/** A version that cannot be read is that of somebody who builds it. */
const isOld = ({ version: own }: PulumiCommand): boolean =>
  own !== null && (own.major < 3 || (own.major === 3 && own.minor < OLDEST_MINOR))

async function fromCache(lack: string, tell: (line: string) => void): Promise<PulumiCommand> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const root = join(cache, 'cb-bridge', 'pulumi', version)
  const cached = await PulumiCommand.get({ root, skipVersionCheck: true }).catch(() => undefined)
  if (cached !== undefined) return cached
  const what = `pulumi is ${lack}: installing ${version} into ${root}`
  try {
    return await telling(what, tell, PulumiCommand.install({ root }))
  } catch (error) {
    throw new Refusal([
      `Pulumi's engine is ${lack}, and ${version} cannot be installed (${reasonOf(error)}). ` +
        `Where there is a network, get it as https://www.pulumi.com/docs/install/ says; ` +
        `put it on PATH here, or its programs into ${join(root, 'bin')}.`,
    ])
  }
}
