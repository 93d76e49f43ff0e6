import { randomBytes } from 'node:crypto'
import type { Lookup } from './values.ts'

/** The name under which every host gives the bootstrap token to the gateway. */
export const BOOTSTRAP = 'CB_BRIDGE_BOOTSTRAP'

/** A token of 256 random bits. */
export const makeBootstrapToken = (): string => randomBytes(32).toString('base64url')

/** A bootstrap token for a gateway on this machine, made where none is given and somebody can read it. */
export interface LocalBootstrap {
  readonly values: Readonly<Record<string, string>>
  /** What to print when the gateway listens; the token is in it. */
  readonly announce: (url: string) => string | undefined
}

/** Only a terminal gets to see a token: what goes to a file or a log would stay there. */
export function makeLocalBootstrap(lookup: Lookup): LocalBootstrap {
  const isSet = (lookup(BOOTSTRAP) ?? '') !== ''
  if (isSet || !process.stdout.isTTY) return { values: {}, announce: () => undefined }
  const token = makeBootstrapToken()
  return { values: { [BOOTSTRAP]: token }, announce: (url) => bootstrapText(url, token) }
}

/** How to become the first admin. */
export const bootstrapText = (url: string, token: string): string =>
  `Admin API: the first admin is made, once, with\n  npx cb-bridge login --bootstrap --url ${url.replace(/\/$/, '')}\nand the token\n  ${token}`
