import { createServer } from 'node:net'
import { UserFault } from './fault.ts'

/** Fails with a clear message when an address cannot be listened on; port 0 is any free port. */
export async function assertFree(host: string, port: number): Promise<void> {
  const server = createServer()
  const outcome = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve)
    server.listen({ host, port, exclusive: true }, () => resolve(undefined))
  })
  if (outcome !== undefined) throw new UserFault(explain(outcome, host, port))
  await new Promise<void>((resolve) => server.close(() => resolve()))
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE') {
    return `port ${port} on ${host} is taken; stop its owner or choose another with --port`
  }
  if (error.code === 'EACCES') return `port ${port} needs more rights; choose one above 1023`
  return `cannot listen on ${host}: ${error.message}`
}
