import { readPublicKeys } from '../../http/public-keys.ts'
import type { Reading } from './step.ts'

const PATIENCE_MS = 5000
const LARGEST_BYTES = 256 * 1024

/** Reads a JWK set from an address. Redirects are not followed: they could lead to where the address may not. */
export async function readKeys(url: string): Promise<Reading> {
  const clock = new AbortController()
  // AbortSignal.timeout would keep the object awake after the answer.
  const timer = setTimeout(
    () => clock.abort(new Error(`no answer within ${PATIENCE_MS} ms`)),
    PATIENCE_MS,
  )
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      redirect: 'manual',
      signal: clock.signal,
    })
    if (response.status === 200) return judge(await readText(response))
    await response.body?.cancel()
    return failed(`status ${response.status}`)
  } catch (cause) {
    return failed(cause instanceof Error ? cause.message : String(cause))
  } finally {
    clearTimeout(timer)
  }
}

function judge(text: string | undefined): Reading {
  if (text === undefined) return failed(`more than ${LARGEST_BYTES} bytes`)
  const keys = readPublicKeys(parse(text))
  if (keys === undefined) return failed('no JWK set')
  return keys.length === 0
    ? { kind: 'withdrawn', reason: 'no key for signatures' }
    : { kind: 'read', keys }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Undefined when it is too long; what comes in is counted, whatever length was declared. */
async function readText({ body }: Response): Promise<string | undefined> {
  if (body === null) return ''
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.byteLength
    if (bytes > LARGEST_BYTES) {
      await reader.cancel()
      return undefined
    }
    text += decoder.decode(value, { stream: true })
  }
}

const failed = (reason: string): Reading => ({ kind: 'failed', reason })
