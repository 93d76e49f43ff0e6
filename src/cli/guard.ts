import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

/**
 * Sees to it that a child does not outlive us, even when we are killed with SIGKILL and can do nothing about it; then
 * the directory `leftover` goes too.
 *
 * A shell waits for a line on a pipe. Only we hold the other end: when we die the pipe closes, `read` fails and the
 * shell kills the child. When the child ends first, we send the line and the shell goes.
 */
export function guard(child: ChildProcess, leftover?: string): void {
  if (child.pid === undefined || process.platform === 'win32') return
  const script = 'read -r _ || { kill -9 "$1"; shift; rm -rf "$@"; }'
  const left = leftover === undefined ? [] : [leftover]
  const shell = spawn('/bin/sh', ['-c', script, 'sh', String(child.pid), ...left], {
    // Its own process group: Ctrl-C in the terminal must not end it before us.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.unref()
  // No shell, no guard; the child still ends with an orderly end of ours.
  shell.once('error', () => {})
  shell.stdin.on('error', () => {})
  child.once('exit', () => shell.stdin.end('\n'))
}
