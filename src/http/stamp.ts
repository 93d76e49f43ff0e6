import { VERSION } from '../lib/version.ts'

/** The original's text for an answer that is good but not whole. */
export const INCOMPLETE =
  'Some backend calls has errors. check the error information(return_error_details)'

/** How an endpoint's answer came about, told in the original's headers. */
export interface Completion {
  readonly isComplete: boolean
  /** `OK`, the incomplete text, or what failed; no host names. */
  readonly message: string
}

/** Sets `X-Cb-Restapigw`, `-Completed` and `-Messages` on the answer of an endpoint. */
export function stamp(headers: Headers, { isComplete, message }: Completion): void {
  headers.set('x-cb-restapigw', `Version ${VERSION}`)
  headers.set('x-cb-restapigw-completed', isComplete ? 'true' : 'false')
  headers.set('x-cb-restapigw-messages', message)
}
