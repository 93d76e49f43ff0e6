import type { UpstreamSettings } from '../../src/client/types.ts'
import { reasonOf } from './gateway.ts'
import { type Pace, realPace } from './pace.ts'

/** The catalogue's own question to a component, at the address under which it is published. */
export interface ReadyRequest {
  readonly url: string
  /** Status codes that mean ready. */
  readonly codes: readonly number[]
  /** HTTP Basic, where the question needs it. */
  readonly auth?: { readonly username: string; readonly password: string }
}

/** The question without an address, as the catalogue has it. */
export interface ReadyQuestion {
  readonly path: string
  readonly codes: readonly number[]
  readonly isAuthenticated: boolean
}

/** What a gateway shows in place of credentials. */
export const CONCEALED = '***'

/** The question to what is published. A gateway keeps credentials to itself: where it needs some, a 401 is an answer as well. */
export function readyAt(
  { targets }: UpstreamSettings,
  { path, codes, isAuthenticated }: ReadyQuestion,
): ReadyRequest {
  const url = `${(targets[0]?.url ?? '').replace(/\/$/, '')}${path}`
  return { url, codes: isAuthenticated ? [...codes, 401] : codes }
}

/** How long one question may take, and the pause behind it, in ms. */
const ASK_MS = 5_000
const PAUSE_MS = 500

/** Asks once: undefined when it is ready, else why it is not. */
export async function askReady({ url, codes, auth }: ReadyRequest): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(ASK_MS),
      headers: auth === undefined ? {} : { authorization: basic(auth) },
    })
    await response.body?.cancel()
    return codes.includes(response.status) ? undefined : `${url} answers ${response.status}`
  } catch (error) {
    return `${url} cannot be reached (${reasonOf(error)})`
  }
}

/** Asks until it is ready; after `boundMs` it is given up: resolves with why. */
export async function awaitReady(
  request: ReadyRequest,
  boundMs: number,
  pace: Pace = realPace,
): Promise<string | undefined> {
  const start = pace.now()
  for (;;) {
    const reason = await askReady(request)
    if (reason === undefined || pace.now() - start + PAUSE_MS > boundMs) return reason
    await pace.wait(PAUSE_MS)
  }
}

const basic = ({ username, password }: NonNullable<ReadyRequest['auth']>) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
