import { copyFileSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Puts the last whole state of a stack in the place of one that was not written to its end: the engine writes the file in place,
 * and keeps the one before beside it. What was done in between is found again by its label. Either has a second file with its
 * checksum (`.attrs`), which the engine can do without, but not read when it is cut off.
 */
export function mendCheckpoint(directory: string, project: string, stack: string): void {
  const path = join(directory, '.pulumi', 'stacks', project, `${stack}.json`)
  const before = `${path}.bak`
  for (const attributes of [`${path}.attrs`, `${before}.attrs`]) {
    if (isBroken(attributes) === true) rmSync(attributes)
  }
  if (isBroken(path) !== true || isBroken(before) !== false) return
  copyFileSync(before, path)
  rmSync(`${path}.attrs`, { force: true })
}

/** Whether a file is there and is no JSON; an absent one is not broken, and nothing to take either. */
function isBroken(path: string): boolean | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  try {
    JSON.parse(text)
    return false
  } catch {
    return true
  }
}
