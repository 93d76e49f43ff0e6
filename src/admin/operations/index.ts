import type { Operation } from '../operation.ts'
import { auditOperations } from './audit.ts'
import { describeOperation } from './description.ts'
import { documentOperations } from './documents.ts'
import { limitOperations } from './limits.ts'
import { metricsOperations } from './metrics.ts'
import { routeOperations } from './routes.ts'
import { sessionOperations } from './session.ts'
import { snapshotOperations } from './snapshots.ts'
import { tokenOperations } from './tokens.ts'
import { upstreamOperations } from './upstreams.ts'
import { userOperations } from './users.ts'

const described: readonly Operation[] = [
  ...sessionOperations,
  ...routeOperations,
  ...documentOperations,
  ...snapshotOperations,
  ...upstreamOperations,
  ...tokenOperations,
  ...userOperations,
  ...limitOperations,
  ...auditOperations,
  ...metricsOperations,
]

/** Every operation of the Admin API: handlers, roles, checks and the OpenAPI document follow from this table. */
export const operations: readonly Operation[] = [describeOperation(described), ...described]
