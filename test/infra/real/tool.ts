import { fileURLToPath } from 'node:url'

/** The tool that makes test clusters, where there is one. */
export const TOOL =
  process.env['CLUSTER_TOOL'] ??
  fileURLToPath(new URL('../../../../shared/tools/cluster', import.meta.url))
