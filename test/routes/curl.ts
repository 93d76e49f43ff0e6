import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Runs curl with these arguments; the answer's body and its status, which curl appends. */
export async function curl(
  ...args: readonly string[]
): Promise<{ readonly status: number; readonly body: string }> {
  const { stdout } = await execute('curl', ['-s', '-w', '\n%{http_code}', ...args])
  const end = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) }
}

/** Runs a line in a shell, as a user who pastes it. */
export async function shell(line: string): Promise<string> {
  return (await execute('/bin/sh', ['-c', line])).stdout
}
