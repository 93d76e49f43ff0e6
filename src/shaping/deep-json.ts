import type { Json } from './types.ts'
import { type Container, isContainer } from './value.ts'

/** Writes JSON as `JSON.stringify` does, which overflows the stack at a nesting of some thousands. */
export function stringifyDeep(root: Json): string {
  let text = ''
  const rest: Piece[] = [{ value: root }]
  for (let piece = rest.pop(); piece !== undefined; piece = rest.pop()) {
    if (typeof piece === 'string') text += piece
    else if (isContainer(piece.value)) for (const part of piecesOf(piece.value)) rest.push(part)
    else text += JSON.stringify(piece.value)
  }
  return text
}

/** Text to write, or a value that is still to be taken apart. */
type Piece = string | { readonly value: Json }

/** Last piece first, as they come off a stack. */
function piecesOf(container: Container): Piece[] {
  const isArray = Array.isArray(container)
  const pieces: Piece[] = [isArray ? '[' : '{']
  for (const [key, value] of Object.entries(container)) {
    const comma = pieces.length > 1 ? ',' : ''
    pieces.push(isArray ? comma : `${comma}${JSON.stringify(key)}:`, { value })
  }
  pieces.push(isArray ? ']' : '}')
  return pieces.toReversed()
}
