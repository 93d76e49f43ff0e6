import { bearerMatches } from '../http/bearer.ts'
import { METHODS, type Namespaces } from './objects.ts'

/** What the door opens on. */
export interface StateHost {
  readonly objects: Namespaces
  /** Absent: closed. */
  readonly token: string | undefined
  /** Takes the reason of a failed call, which the caller does not learn. */
  readonly report: (cause: unknown) => void
}

const LARGEST_CALL_BYTES = 16 * 1024 * 1024

/** Carries out the calls of `remoteObjects`; `GET /__health` says without a token that the process is up. */
export function createStateDoor(host: StateHost): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url)
    if (request.method === 'GET' && pathname === '/__health') {
      return Response.json({ status: 'ok' })
    }
    const refusal = refuse(request, host)
    if (refusal === undefined) return carryOut(request, pathname, host)
    await request.body?.cancel()
    return new Response(null, { status: refusal })
  }
}

/** Why a call is not looked at, as a status. */
function refuse({ method, headers }: Request, { token }: StateHost): number | undefined {
  if (!bearerMatches(headers.get('authorization'), token)) return 401
  if (method !== 'POST') return 405
  const length = headers.get('content-length')
  if (length === null) return 411
  return Number(length) > LARGEST_CALL_BYTES ? 413 : undefined
}

type Method = (...args: readonly unknown[]) => Promise<unknown>

async function carryOut(request: Request, pathname: string, host: StateHost): Promise<Response> {
  const [, binding = '', name = '', method = '', ...rest] = pathname.split('/')
  const args = await readArguments(request)
  if (args === undefined) return new Response(null, { status: 400 })
  if (!isKnown(binding, method) || rest.length > 0) return new Response(null, { status: 404 })
  try {
    // `isKnown` has found both in the table, which the types of the ports hold.
    const namespace = host.objects[binding as keyof Namespaces]
    const object = namespace.getByName(decodeURIComponent(name)) as unknown as Record<
      string,
      Method
    >
    return Response.json({ result: await object[method]?.(...args) })
  } catch (cause) {
    host.report(cause)
    return new Response(null, { status: 500 })
  }
}

async function readArguments(request: Request): Promise<readonly unknown[] | undefined> {
  try {
    const args = await request.json()
    return Array.isArray(args) ? args : undefined
  } catch {
    return undefined
  }
}

const isKnown = (binding: string, method: string): boolean =>
  Object.hasOwn(METHODS, binding) && Object.hasOwn(METHODS[binding as keyof Namespaces], method)
