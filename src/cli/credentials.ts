import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { UserFault } from './fault.ts'

const credential = z.object({
  user: z.string(),
  token: z.string(),
  /** Id of the API token; absent for a session. */
  id: z.string().optional(),
})

/** What `login` keeps for one gateway. */
export type Credential = z.output<typeof credential>

const file = z.record(z.string(), credential)

/** In the user's configuration directory, never in a project, where it would be committed one day. */
export const credentialsFile = (): string =>
  join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'cb-bridge/credentials.json')

/** What is kept for a gateway, by its address. */
export const readCredential = (url: string): Credential | undefined => readAll()[originOf(url)]

/** Keeps something for a gateway, or forgets it; only its owner can read the file. */
export function writeCredential(url: string, kept: Credential | undefined): void {
  const { [originOf(url)]: _, ...others } = readAll()
  const all = kept === undefined ? others : { ...others, [originOf(url)]: kept }
  const path = credentialsFile()
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // Written beside it and renamed: a file that was open to others before does not stay so, and no half is ever read.
  const beside = `${path}.${process.pid}`
  writeFileSync(beside, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 })
  chmodSync(beside, 0o600)
  renameSync(beside, path)
}

function readAll(): Readonly<Record<string, Credential>> {
  const path = credentialsFile()
  try {
    return file.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new UserFault(`${path} cannot be read; remove it and log in again`)
  }
}

const originOf = (url: string): string => url.replace(/\/+$/, '')
