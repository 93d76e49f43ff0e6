import { structuredPatch } from 'diff'
import { paint } from './colours.ts'

/** Two states of a text; undefined where it is not there. */
export interface TextChange {
  readonly name: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** A unified diff, coloured for terminals; empty for equal texts. */
export function printTextDiff({ name, before, after }: TextChange): string {
  if (before === after) return ''
  const patch = structuredPatch(name, name, before ?? '', after ?? '', '', '', { context: 3 })
  const head = [
    paint('bold', `--- ${before === undefined ? '/dev/null' : name}`),
    paint('bold', `+++ ${after === undefined ? '/dev/null' : name}`),
  ]
  const hunks = patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    paint('cyan', `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`),
    ...lines.map(paintLine),
  ])
  return [...head, ...hunks].join('\n')
}

function paintLine(line: string): string {
  if (line.startsWith('+')) return paint('green', line)
  return line.startsWith('-') ? paint('red', line) : line
}
