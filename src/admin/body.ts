import type * as z from 'zod'
import { err, ok, type Result } from '../lib/result.ts'
import type { Body } from './operation.ts'
import type { BodyError, Refusal } from './refusal.ts'

/** A request's body, read within its limit and checked. */
export async function readBody(
  request: Request,
  { types, schema, limitBytes }: Body,
): Promise<Result<unknown, Refusal>> {
  const text = await readText(request, limitBytes)
  if (!text.ok) return text
  const data = isJson(request, types) ? parseJson(text.value) : text
  return data.ok ? check(schema, data.value, 'The body does not have the right form.') : data
}

/** Only where both are possible the content type decides: many clients do not care to send the right one. */
function isJson(request: Request, types: Body['types']): boolean {
  if (types.length === 1) return types[0] === 'application/json'
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(request.headers.get('content-type') ?? '')
}

/** Escapes can say what UTF-8 cannot, and what no store takes. */
function parseJson(text: string): Result<unknown, Refusal> {
  let isText = true
  try {
    const data: unknown = JSON.parse(text, (key: string, value: unknown) => {
      isText &&= key.isWellFormed() && (typeof value !== 'string' || value.isWellFormed())
      return value
    })
    return isText ? ok(data) : bad('The body holds half a surrogate pair, which is no text.')
  } catch {
    return bad('The body is not JSON.')
  }
}

/** Data that a schema accepts, or all that is wrong with it. */
export function check<S extends z.ZodType>(
  schema: S,
  data: unknown,
  detail: string,
): Result<z.output<S>, Refusal> {
  const checked = schema.safeParse(data)
  return checked.success ? ok(checked.data) : bad(detail, checked.error.issues.map(toError))
}

const toError = ({ path, message }: z.core.$ZodIssue): BodyError => ({
  path: path.map(String).join('.'),
  message,
})

const bad = (detail: string, errors?: readonly BodyError[]) =>
  err({ kind: 'bad-request', detail, ...(errors !== undefined && { errors }) } as const)

async function readText(request: Request, limitBytes: number): Promise<Result<string, Refusal>> {
  const tooLarge = err({ kind: 'too-large', limitBytes } as const)
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) {
    await request.body?.cancel()
    return tooLarge
  }
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let text = ''
  let bytes = 0
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength
      // Leaving the loop cancels the body.
      if (bytes > limitBytes) return tooLarge
      text += decoder.decode(chunk, { stream: true })
    }
    return ok(text + decoder.decode())
  } catch (cause) {
    if (cause instanceof TypeError) return bad('The body is not UTF-8 text.')
    throw cause
  }
}
