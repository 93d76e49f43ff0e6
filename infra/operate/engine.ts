import { PulumiCommand } from '@pulumi/pulumi/automation/index.js'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Refusal } from './report.ts'

/** Where our provider is; the engine finds it on its PATH. */
const PROVIDER = fileURLToPath(new URL('../wiring/bin', import.meta.url))

/** The engine, and what it needs in its environment. */
export interface Engine {
  readonly command: PulumiCommand
  readonly environment: Readonly<Record<string, string>>
}

/**
 * Pulumi's engine: the one on PATH, else the version that belongs to our SDK, from the user's cache or put there now.
 *
 * @throws Refusal where there is none and none can be had
 */
export async function findEngine(tell: (line: string) => void): Promise<Engine> {
  const command = await onPath().catch(() => install(tell))
  const path = [PROVIDER, process.env['PATH'] ?? ''].join(delimiter)
  return {
    command,
    environment: {
      PATH: path,
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: 'true',
    },
  }
}

const onPath = (): Promise<PulumiCommand> => PulumiCommand.get({ skipVersionCheck: true })

async function install(tell: (line: string) => void): Promise<PulumiCommand> {
  const root = join(
    process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
    'cb-bridge',
    'pulumi',
  )
  const cached = await PulumiCommand.get({ root, skipVersionCheck: true }).catch(() => undefined)
  if (cached !== undefined) return cached
  tell(`pulumi is not on PATH; installing it into ${root}`)
  try {
    return await PulumiCommand.install({ root })
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    throw new Refusal([
      `Pulumi's engine is not on PATH and cannot be installed (${reason}). ` +
        'Install it where there is a network (https://www.pulumi.com/docs/install/), copy the directory here, and put it on PATH.',
    ])
  }
}
