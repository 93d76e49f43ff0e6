import { HOP_BY_HOP } from '../../http/headers.ts'
import type * as z from 'zod'
import { err, ok, type Result } from '../../lib/result.ts'
import type { Complaint } from '../diagnostics.ts'
import { scalar } from './scalars.ts'

/** The name of a header that the gateway may set itself. */
export const headerName = (): z.ZodType<string, string> => scalar('header name', readHeaderName)

/** The value of a header; complaints never repeat it. */
export const headerValue = (): z.ZodType<string, string> => scalar('header value', readHeaderValue)

/** Checks a field name (RFC 9110 section 5.1); those that belong to a connection or to the platform are refused. */
export function readHeaderName(name: string): Result<string, Complaint> {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    return err({ message: 'This is no header name.', hint: 'Letters, digits and "-" are usual.' })
  }
  return NOT_OURS.has(name.toLowerCase())
    ? err({
        message: `The header "${name}" cannot be set.`,
        hint: 'It belongs to the connection, which the platform manages.',
      })
    : ok(name)
}

/** Checks a field value (RFC 9110 section 5.5): one line of bytes. */
function readHeaderValue(value: string): Result<string, Complaint> {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
    return err({ message: 'A header value holds no line breaks and no control characters.' })
  }
  return /[\u0100-\uffff]/.test(value)
    ? err({ message: 'A header value holds only Latin-1 characters.', hint: 'Encode it first.' })
    : ok(value)
}

/** What belongs to one connection, and what `fetch` sets by itself. */
const NOT_OURS = new Set([...HOP_BY_HOP, 'content-length', 'host'])
