import type { JsonObject } from './types.ts'

/** A backend that failed. */
interface BackendError {
  /** The value of `return_error_details`. */
  readonly id: string
  readonly status: number
  /** The upstream's body; when empty it is left out. */
  readonly body: string
  /** The upstream's path, after redirects and without the query. */
  readonly path: string
}

/** What stands for such a backend in the answer: `{"error_<id>": {...}}`. */
export const errorDetails = ({ id, status, body, path }: BackendError): JsonObject => ({
  [`error_${id}`]: {
    http_status_code: status,
    ...(body !== '' && { http_body: body }),
    http_path: path,
  },
})
