import { METHODS, type Namespace, type Namespaces, type Objects } from './objects.ts'

/** The way to the state process. */
export interface StateLink {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** `STATE_TOKEN`, which both processes know. */
  readonly token: string
}

/** A state process that does not answer is one that is down; callers with less patience race it themselves. */
const PATIENCE_MS = 10_000
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024

/**
 * Stands in for the namespaces of Durable Objects where these live in another process: each call is a
 * `POST /BINDING/NAME/METHOD` with the arguments as a JSON list. Rejects where the call did not get through.
 */
export function remoteObjects(link: StateLink): Namespaces {
  const bindings = Object.keys(METHODS) as (keyof Objects)[]
  return Object.fromEntries(
    bindings.map((binding) => [binding, remoteNamespace(link, binding)]),
  ) as unknown as Namespaces
}

function remoteNamespace(link: StateLink, binding: keyof Objects): Namespace<unknown> {
  const methods = Object.keys(METHODS[binding])
  return {
    getByName: (name) => {
      const path = `/${binding}/${encodeURIComponent(name)}/`
      return Object.fromEntries(
        methods.map((method) => [
          method,
          (...args: readonly unknown[]) => call(link, path + method, args),
        ]),
      )
    },
  }
}

async function call(link: StateLink, path: string, args: readonly unknown[]): Promise<unknown> {
  const response = await link.fetch(`http://state${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${link.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(args),
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
  })
  const isTooLong = Number(response.headers.get('content-length')) > LARGEST_ANSWER_BYTES
  if (response.status === 200 && !isTooLong) {
    const body: unknown = await response.json()
    return (body as { readonly result?: unknown }).result
  }
  await response.body?.cancel()
  throw new Error(`the state process answered ${path} with ${response.status}`)
}
