import * as z from 'zod'
import { withWrittenAuth } from '../../config/schema/read-system.ts'
import { concealed } from '../../snapshots/credentials.ts'
import type { RegisteredUpstream } from '../../snapshots/types.ts'
import { time, toTime } from './views.ts'

/** A registered upstream: the keys of `upstreams:` in YAML, and what the registry knows about it. */
export const upstreamView = z
  .looseObject({
    name: z.string(),
    owner: z.string().describe('Who may change it: a file, a person, a stack.'),
    revision: z.int().describe('Its `ETag`.'),
    draining_since: time().optional(),
    targets: z.array(z.looseObject({ url: z.string() })),
  })
  .describe(
    'Further keys as under `upstreams:` in the system file. `${NAME}`s stay references; other credentials are shown as `***`, which, put back, keeps them.',
  )

export function showUpstream(upstream: RegisteredUpstream): Readonly<Record<string, unknown>> {
  const { name, owner, revision, document, drainingSince } = upstream
  const written = withWrittenAuth({ upstreams: { [name]: concealed(document) } })
  const { [name]: keys } = (written as { upstreams: Record<string, object> }).upstreams
  return {
    name,
    owner,
    revision,
    ...(drainingSince !== undefined && { draining_since: toTime(drainingSince) }),
    ...keys,
  }
}
