import type { Demo } from '../../src/cli/demo/start.ts'

/** An answer with its body read. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown
}

/** A request of a test; `json` sets body and content type. */
export interface Request extends RequestInit {
  readonly json?: unknown
}

/** Sends a request to an address and reads the whole answer. */
export async function ask(url: string, request: Request = {}): Promise<Answer> {
  const { json, ...init } = request
  const headers = new Headers(init.headers)
  if (json !== undefined) headers.set('content-type', 'application/json')
  const body = json === undefined ? init.body : JSON.stringify(json)
  const answer = await fetch(url, { ...init, headers, ...(body == null ? {} : { body }) })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: parse(text) }
}

/** Asks a stand-in directly, with its credentials. */
export function askComponent(
  demo: Demo,
  name: string,
  path: string,
  request: Request = {},
): Promise<Answer> {
  const component = demo.components.find((candidate) => candidate.name === name)
  if (component === undefined) throw new Error(`there is no ${name}`)
  const headers = new Headers(request.headers)
  const { username, password } = component
  if (username !== undefined && !headers.has('authorization')) {
    headers.set('authorization', basic(username, password ?? ''))
  }
  return ask(`${component.url}${path}`, { ...request, headers })
}

/** The `Authorization` value of Basic authentication. */
export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
