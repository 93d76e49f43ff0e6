import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { UserFault } from './fault.ts'

/** Whether there is somebody to ask: both ends are a terminal. */
export const isInteractive = (): boolean => process.stdin.isTTY && process.stderr.isTTY

/** Asks for a line on the terminal; the question goes to stderr, so that stdout stays data. */
export async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await lines.question(question)).trim()
  } finally {
    lines.close()
  }
}

/** Asks for yes or no; anything but yes is no. */
export const confirm = async (question: string): Promise<boolean> =>
  /^y(es)?$/i.test(await ask(`${question} [y/N] `))

/** Asks for a secret, which the terminal does not show; without a terminal it is the first line of stdin. */
export async function askSecret(question: string): Promise<string> {
  if (!isInteractive()) return firstLine()
  process.stderr.write(question)
  const hidden = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: hidden, terminal: true })
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

/** Asks twice on a terminal: nobody sees what was typed. */
export async function askNewPassword(): Promise<string> {
  const password = await askSecret('Password: ')
  if (isInteractive() && (await askSecret('Again: ')) !== password) {
    throw new UserFault('the two passwords differ')
  }
  return password
}

async function firstLine(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += String(chunk)
    if (text.includes('\n')) break
  }
  return text.split('\n', 1)[0]?.replace(/\r$/, '') ?? ''
}
