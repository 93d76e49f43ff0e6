import { err, ok, type Result } from '../lib/result.ts'
import type { Complaint } from './diagnostics.ts'

/** Where an upstream listens, in parts that need no further cleaning. */
export interface HostAddress {
  /** Scheme, name and port without a trailing slash: `http://cb-spider:1024`, `https://[::1]`. */
  readonly origin: string
  /** `` or `/base`, without a trailing slash. */
  readonly basePath: string
}

const HOST =
  /^(?:(https?):\/\/)?([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?(\/[^\s?#\\]*)?$/i
const HINT = 'Write [http(s)://]name[:port][/base].'

/**
 * Reads a `host` or `url` of the configuration: `[http(s)://]name[:port][/base]`, `http` when no scheme is given.
 *
 * More than the original took (a base path, an IPv6 literal in brackets); its `disable_host_sanitize` switch is not
 * needed for these. The complaint never repeats the text: it could hold a password.
 */
export function parseHost(text: string): Result<HostAddress, Complaint> {
  const [, scheme = 'http', name, port, path = ''] = HOST.exec(text) ?? []
  if (name === undefined) return err(complaintAbout(text))
  if (name.startsWith('[') && !URL.canParse(`http://${name}`)) {
    return err({ message: 'The brackets hold no IPv6 address.', hint: 'Write [::1] or [fd00::1].' })
  }
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) {
    return err({ message: `The port ${port} is out of range.`, hint: 'Ports are 1 to 65535.' })
  }
  const origin = `${scheme.toLowerCase()}://${name}${port === undefined ? '' : `:${port}`}`
  if (!URL.canParse(origin)) return err({ message: 'This is no valid host name.', hint: HINT })
  const basePath = withoutTrailingSlashes(path)
  return hasDotSegment(basePath)
    ? err({ message: 'The base path holds a dot segment.', hint: 'Write the path it stands for.' })
    : ok({ origin, basePath })
}

function withoutTrailingSlashes(path: string): string {
  let end = path.length
  while (path[end - 1] === '/') end--
  return path.slice(0, end)
}

const hasDotSegment = (path: string) => /\/(?:\.|%2e){1,2}(?:\/|$)/i.test(path)

function complaintAbout(text: string): Complaint {
  if (text.includes('@')) {
    return {
      message: 'A host holds no credentials.',
      hint: 'Put them under "auth" of an upstream, as "${NAME}" references.',
    }
  }
  if (/[?#]/.test(text)) {
    return { message: 'A host holds no query and no fragment.', hint: HINT }
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !/^https?:/i.test(text)) {
    return { message: 'Only http and https can be called.', hint: HINT }
  }
  return { message: 'This is no host.', hint: HINT }
}
