import type * as worker from '../../src/worker.ts'

declare global {
  namespace Cloudflare {
    /** Types `exports` of `cloudflare:workers` as the entrypoints of our Worker. */
    interface GlobalProps {
      readonly mainModule: typeof worker
    }
  }
}
