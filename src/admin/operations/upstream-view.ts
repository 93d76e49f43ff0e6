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
    by: z.string().optional().describe('Who made that revision.'),
    written: z
      .object({ revision: z.int(), by: z.string() })
      .optional()
      .describe('The last change of its settings, credentials included; drains are none.'),
    draining_since: time().optional(),
    targets: z.array(z.looseObject({ url: z.string() })),
  })
  .describe(
    'Further keys as under `upstreams:` in the system file. `${NAME}`s stay references; other credentials are shown as `***`, which, put back, keeps them.',
  )

export function showUpstream(upstream: RegisteredUpstream): Readonly<Record<string, unknown>> {
  const { name, owner, revision, by, written, document, drainingSince } = upstream
  const asInYaml = withWrittenAuth({ upstreams: { [name]: concealed(document) } })
  const { [name]: keys } = (asInYaml as { upstreams: Record<string, object> }).upstreams
  return {
    name,
    owner,
    revision,
    ...(by !== undefined && { by }),
    ...(written !== undefined && { written }),
    ...(drainingSince !== undefined && { draining_since: toTime(drainingSince) }),
    ...keys,
  }
}
