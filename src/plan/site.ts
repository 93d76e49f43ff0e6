import type { SystemDocument } from '../config/document.ts'
import { isPasswordHash } from '../lib/password-hash.ts'
import { type Checks, readDuration, readFlag, readNumber } from './checks.ts'
import type { Before } from './disguise.ts'
import { installPolicies } from './install.ts'
import { compileUpstream } from './upstream.ts'
import type { AdminSite, Site } from './types.ts'

/** Compiles the system file; what is still open is left out and compiled when the plan is activated. */
export function compileSite(
  system: SystemDocument,
  checks: Checks,
  before?: Before<SystemDocument>,
): Site {
  const at = (...path: readonly (string | number)[]) => ({ file: system.file, path })
  const settled = Object.fromEntries(
    Object.entries(system.middleware).filter(([, block]) => !checks.isOpen(block)),
  )
  return {
    name: system.name,
    debug: readFlag(system.debug, at('debug'), checks),
    policies: installPolicies(settled, 'service', before?.document.middleware),
    upstreams: compileUpstreams(system, checks, before),
    trustedProxies: compileProxies(system, checks),
    maxBodyBytes: readNumber(system.max_body, 0, at('max_body'), checks),
    maxRequestBodyBytes: readNumber(system.max_request_body, 0, at('max_request_body'), checks),
    metricsArePublic: readFlag(system.metrics.public, at('metrics', 'public'), checks),
    snapshots: {
      retain: readNumber(system.snapshots.retain, 1000, at('snapshots', 'retain'), checks),
      checkMs: readDuration(system.snapshots.check, at('snapshots', 'check'), checks),
    },
    logFormat: toLogFormat(system.log.format),
    admin: compileAdmin(system, checks),
  }
}

function compileAdmin({ admin, file }: SystemDocument, checks: Checks): AdminSite {
  const users = Object.entries(admin.credentials.basic.users)
  return {
    enabled: readFlag(admin.enabled, { file, path: ['admin', 'enabled'] }, checks),
    hosts: admin.hosts.filter((host) => !checks.isOpen(host)).map((host) => host.toLowerCase()),
    addresses: admin.addresses.filter((range) => !checks.isOpen(range)),
    origins: admin.origins.filter((origin) => !checks.isOpen(origin)),
    users: Object.fromEntries(users.filter(([, hash]) => isPasswordHash(hash))),
  }
}

function compileUpstreams(
  { file, upstreams }: SystemDocument,
  checks: Checks,
  before?: Before<SystemDocument>,
): Site['upstreams'] {
  return Object.fromEntries(
    Object.entries(upstreams).map(([name, document]) => {
      const unfilled = before?.document.upstreams[name]
      const own =
        before !== undefined && unfilled !== undefined
          ? { before: { ...before, document: unfilled } }
          : {}
      const place = { file, path: ['upstreams', name] }
      return [name, compileUpstream({ name, document, place, ...own }, checks)]
    }),
  )
}

/** Who trusts everybody lets each client choose its address: a new one for each limit, an allowed one for each filter. */
function compileProxies({ file, trusted_proxies: ranges }: SystemDocument, checks: Checks) {
  for (const [index, range] of ranges.entries()) {
    if (!range.endsWith('/0')) continue
    checks.warn(
      { file, path: ['trusted_proxies', index] },
      {
        message: 'This trusts every address, so that clients can choose theirs.',
        hint: 'Name the networks of your own proxies.',
      },
    )
  }
  return ranges.filter((range) => !checks.isOpen(range))
}

function toLogFormat(text: string): Site['logFormat'] {
  const format = text.toLowerCase()
  return format === 'cb-log' || format === 'off' ? format : 'json'
}
