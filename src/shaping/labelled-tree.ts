import type { Json, JsonObject, Path } from './types.ts'
import { type Container, isContainer, put } from './value.ts'

/**
 * A JSON value seen as a tree with labels: keys of objects, indices of arrays.
 *
 * Elements keep their labels when one of them is cut, because that leaves a hole, until `closeUp` closes the holes. What
 * is attached to an array under a label that it has not goes to its end.
 */
export class LabelledTree {
  readonly root: Container
  readonly #withHoles = new Set<Json[]>()

  constructor(root: Container) {
    this.root = root
  }

  /** Removes a child and returns it. */
  cut(container: Container, label: string): Json | undefined {
    const child = childOf(container, label)
    if (child === undefined) return undefined
    if (Array.isArray(container)) this.#withHoles.add(container)
    delete (container as JsonObject)[label]
    return child
  }

  closeUp(): void {
    for (const array of this.#withHoles) {
      let length = 0
      array.forEach((element) => (array[length++] = element))
      array.length = length
    }
  }
}

/** The child under a label. The `length` of an array is not enumerable, hence none. */
export const childOf = (container: Container, label: string): Json | undefined =>
  Object.prototype.propertyIsEnumerable.call(container, label)
    ? (container as JsonObject)[label]
    : undefined

/** Puts a child under a label, over what was there. */
export function attach(container: Container, label: string, child: Json): void {
  if (!Array.isArray(container)) put(container, label, child)
  else if (childOf(container, label) === undefined) container.push(child)
  else container[Number(label)] = child
}

/** The container under a label; where there is none, an object takes the place. */
export function enter(container: Container, label: string): Container {
  const child = childOf(container, label)
  if (isContainer(child)) return child
  const created = {}
  attach(container, label, created)
  return created
}

/** A container and the labels that lead to it. */
interface Found {
  readonly container: Container
  readonly labels: Path
}

/** All containers at a path; `*` leads to every child. */
export function find(root: Container, path: Path): readonly Found[] {
  let found: readonly Found[] = [{ container: root, labels: [] }]
  for (const segment of path) found = found.flatMap((parent) => childrenOf(parent, segment))
  return found
}

function childrenOf({ container, labels }: Found, segment: string): readonly Found[] {
  return (segment === '*' ? Object.keys(container) : [segment]).flatMap((label) => {
    const child = childOf(container, label)
    return isContainer(child) ? [{ container: child, labels: [...labels, label] }] : []
  })
}

/** The value at a path; `*` gives an array of what stands behind every child, null where there is nothing. */
export function read(value: Json | undefined, path: Path): Json | undefined {
  const wildcard = path.indexOf('*')
  if (wildcard < 0) return path.reduce(step, value)
  const parent = path.slice(0, wildcard).reduce(step, value)
  const rest = path.slice(wildcard + 1)
  return isContainer(parent)
    ? Object.keys(parent).map((label) => read(childOf(parent, label), rest) ?? null)
    : undefined
}

const step = (value: Json | undefined, label: string): Json | undefined =>
  isContainer(value) ? childOf(value, label) : undefined
