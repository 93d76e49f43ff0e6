import { createHash } from 'node:crypto'
import { file } from './replies.ts'
import type { Call, Handler, Reply, Routes } from './router.ts'
import { verify } from './sigv4.ts'
import type { Credentials } from './stand-in.ts'
import type { World } from './world.ts'

interface Stored {
  readonly bytes: Buffer
  readonly type: string
  readonly modified: number
}

/** Objects by key, buckets by name. */
type Buckets = Map<string, { readonly created: number; readonly objects: Map<string, Stored> }>

const HEADERS = { 'content-type': 'application/xml' }

/**
 * CB-Spider's S3 API under `/spider/s3`. Requests are signed with AWS Signature Version 4: access key
 * `<username>@<connection name>`, secret CB-Spider's password. Nothing may rewrite their path, query or signed headers.
 */
export function s3Routes(world: World, credentials: Credentials): Routes {
  const buckets: Buckets = new Map()
  const signed = (answer: Handler): Handler => {
    return (call) => refuse(world, credentials, call) ?? answer(call)
  }
  const list = signed(() => xml(200, listBuckets(buckets)))
  const read = signed((call) => getObject(buckets, call))
  return {
    'GET /spider/s3': list,
    'GET /spider/s3/': list,
    'PUT /spider/s3/:bucket': signed((call) => {
      const created = world.clock.now()
      if (buckets.has(call.param('bucket'))) return xml(409, error('BucketAlreadyExists', call))
      buckets.set(call.param('bucket'), { created, objects: new Map() })
      return { status: 200, headers: { location: call.path } }
    }),
    'GET /spider/s3/:bucket': signed((call) => listObjects(buckets, call)),
    'GET /spider/s3/:bucket/*key': read,
    'HEAD /spider/s3/:bucket/*key': read,
    'PUT /spider/s3/:bucket/*key': signed((call) => putObject(world, buckets, call)),
    'DELETE /spider/s3/:bucket/*key': signed((call) => {
      buckets.get(call.param('bucket'))?.objects.delete(call.param('key'))
      return { status: 204 }
    }),
  }
}

function refuse(world: World, credentials: Credentials, call: Call): Reply | undefined {
  const verdict = verify(call.request, call.body, credentials.password)
  if (verdict.kind === 'unsigned') return xml(403, error('AccessDenied', call))
  if (verdict.kind === 'mismatch') return xml(403, error('SignatureDoesNotMatch', call))
  const [username, connection = ''] = verdict.accessKey.split('@')
  if (username !== credentials.username || !world.connections.has(connection)) {
    return xml(403, error('InvalidAccessKeyId', call))
  }
  return undefined
}

function getObject(buckets: Buckets, call: Call): Reply {
  const bucket = buckets.get(call.param('bucket'))
  if (bucket === undefined) return xml(404, error('NoSuchBucket', call))
  const stored = bucket.objects.get(call.param('key'))
  if (stored === undefined) return xml(404, error('NoSuchKey', call))
  const reply = file(call, stored.bytes, stored.type)
  const modified = new Date(stored.modified).toUTCString()
  return { ...reply, headers: { ...reply.headers, 'last-modified': modified } }
}

function putObject(world: World, buckets: Buckets, call: Call): Reply {
  const bucket = buckets.get(call.param('bucket'))
  if (bucket === undefined) return xml(404, error('NoSuchBucket', call))
  const type = call.request.headers['content-type'] ?? 'application/octet-stream'
  bucket.objects.set(call.param('key'), { bytes: call.body, type, modified: world.clock.now() })
  const etag = `"${createHash('md5').update(call.body).digest('hex')}"`
  return { status: 200, headers: { etag } }
}

function listObjects(buckets: Buckets, call: Call): Reply {
  const name = call.param('bucket')
  const bucket = buckets.get(name)
  if (bucket === undefined) return xml(404, error('NoSuchBucket', call))
  const contents = [...bucket.objects].map(([key, stored]) =>
    element('Contents', element('Key', escape(key)) + element('Size', String(stored.bytes.length))),
  )
  return xml(200, element('ListBucketResult', element('Name', name) + contents.join('')))
}

function listBuckets(buckets: Buckets): string {
  const entries = [...buckets].map(([name, { created }]) => {
    const date = element('CreationDate', new Date(created).toISOString())
    return element('Bucket', element('Name', escape(name)) + date)
  })
  return element('ListAllMyBucketsResult', element('Buckets', entries.join('')))
}

const error = (code: string, call: Call): string =>
  element('Error', element('Code', code) + element('Resource', escape(call.path)))

const xml = (status: number, body: string): Reply => ({
  status,
  headers: HEADERS,
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
})

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`

const escape = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
