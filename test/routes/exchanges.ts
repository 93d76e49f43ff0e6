import { expect } from 'vitest'
import { WebSocket } from 'ws'
import type { Demo } from '../../src/cli/demo/start.ts'
import { curl } from './curl.ts'

/** Reads server-sent events until the stream ends; the `data` of each, as JSON. */
export async function readEvents(url: string, init: RequestInit = {}): Promise<readonly unknown[]> {
  const answer = await fetch(url, init)
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  const lines = (await answer.text()).split('\n')
  return lines
    .filter((line) => line.startsWith('data: '))
    .map((line): unknown => JSON.parse(line.slice(6)))
}

/** Opens a WebSocket, sends a text and some bytes, and gives back what comes. */
export function echoThrough(url: string): Promise<readonly string[]> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'))
  const received: string[] = []
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('open', () => {
      socket.send('ls -l')
      socket.send(Buffer.from([1, 2, 3]))
    })
    socket.on('message', (data: Buffer, isBinary) => {
      received.push(isBinary ? data.toString('hex') : data.toString('utf8'))
      if (received.length === 2) socket.close()
    })
    socket.on('close', () => resolve(received))
  })
}

/** Arguments for curl that sign a request for CB-Spider's own host, wherever it is sent. */
export function signFor(demo: Demo, secret?: string): readonly string[] {
  const { SPIDER_URL = '', SPIDER_USERNAME = '', SPIDER_PASSWORD = '' } = demo.values
  const user = `${SPIDER_USERNAME}@aws-ap-northeast-2:${secret ?? SPIDER_PASSWORD}`
  const host = new URL(SPIDER_URL).host
  return ['--aws-sigv4', 'aws:amz:us-east-1:s3', '--user', user, '-H', `Host: ${host}`]
}

/** Makes a bucket, puts an object into it, reads it back, and lists both: each request signed. */
export async function exerciseS3(url: string, demo: Demo): Promise<void> {
  const signed = signFor(demo)
  const at = `${url}/spider/s3`
  expect(await curl(...signed, '-X', 'PUT', `${at}/first`)).toMatchObject({ status: 200 })
  const put = await curl(...signed, '-X', 'PUT', '-d', 'some text', `${at}/first/dir/a.txt`)
  expect(put).toMatchObject({ status: 200 })
  const part = await curl(...signed, '-H', 'Range: bytes=0-3', `${at}/first/dir/a.txt`)
  expect(part).toEqual({ status: 206, body: 'some' })
  const list = await curl(...signed, `${at}/first?list-type=2&prefix=dir`)
  expect(list.body).toContain('<Key>dir/a.txt</Key>')
  expect((await curl(...signed, at)).body).toContain('<Name>first</Name>')
  const wrong = await curl(...signFor(demo, 'wrong'), `${at}/first/dir/a.txt`)
  expect(wrong.status).toBe(403)
  expect(wrong.body).toContain('<Code>SignatureDoesNotMatch</Code>')
}
