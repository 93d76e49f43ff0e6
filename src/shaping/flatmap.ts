import { attach, childOf, enter, find, LabelledTree, read } from './labelled-tree.ts'
import type { FlatmapOperation, Path, Shaper } from './types.ts'
import { type Container, isContainer } from './value.ts'

/**
 * Runs flatmap operations in order on the same tree. What is missing is passed over, a container that loses all its
 * children stays as `{}` or `[]`, and the elements of arrays close up after the last operation.
 */
export const createFlatmap =
  (operations: readonly FlatmapOperation[]): Shaper =>
  (value) => {
    if (!isContainer(value)) return value
    const tree = new LabelledTree(value)
    for (const operation of operations) apply(tree, operation)
    tree.closeUp()
    return value
  }

function apply(tree: LabelledTree, operation: FlatmapOperation): void {
  switch (operation.type) {
    case 'del':
      for (const path of operation.paths) del(tree, tree.root, path)
      return
    case 'move':
      move(tree, operation.from, operation.to)
      return
    case 'append':
      append(tree, operation.from, operation.to)
  }
}

/** Removes what stands at a path; a last `*` empties its parent. */
function del(tree: LabelledTree, root: Container, path: Path): void {
  const last = lastOf(path)
  for (const { container } of find(root, path.slice(0, -1))) {
    for (const label of last === '*' ? Object.keys(container) : [last]) tree.cut(container, label)
  }
}

/**
 * With more segments in `from`, promotes; else embeds, or only relabels when there are as many. The last segment of
 * `from` is a label, also if it is `*`. All children are cut before the first is attached, so that none moves twice.
 */
function move(tree: LabelledTree, from: Path, to: Path): void {
  const isRelabelling = from.length === to.length
  const moved = find(tree.root, from.slice(0, -1)).flatMap(({ container, labels }) => {
    const isNameless = isRelabelling && Array.isArray(container)
    const child = isNameless ? undefined : tree.cut(container, lastOf(from))
    return child === undefined ? [] : [{ container, labels, child }]
  })
  for (const { container, labels, child } of moved) {
    const parent =
      from.length > to.length
        ? promoted(tree.root, to, labels)
        : to.slice(from.length - 1, -1).reduce(enter, container)
    attach(parent, lastOf(to), child)
  }
}

/** The deepest existing ancestor of `to`, in which `*` stands for the label that was met at the same depth. */
function promoted(root: Container, to: Path, labels: Path): Container {
  let parent = root
  for (const [depth, segment] of to.slice(0, -1).entries()) {
    const label = segment === '*' ? (labels[depth] ?? segment) : segment
    if (childOf(parent, label) === undefined) break
    parent = enter(parent, label)
  }
  return parent
}

/**
 * Adds the elements of one array to the end of another and removes the first (KrakenD's meaning). Where `to` has a `*`,
 * `from` must begin alike, and both arrays belong to the same parent (KrakenD writes a key `*` instead).
 */
function append(tree: LabelledTree, from: Path, to: Path): void {
  const shared = to.lastIndexOf('*') + 1
  const beginsAlike = to.slice(0, shared).every((segment, depth) => from[depth] === segment)
  if (!beginsAlike || from.length === shared) return
  for (const { container } of find(tree.root, to.slice(0, shared))) {
    const source = read(container, from.slice(shared))
    const target = read(container, to.slice(shared))
    if (!Array.isArray(source) || !Array.isArray(target) || source === target) continue
    source.forEach((element) => target.push(element))
    del(tree, container, from.slice(shared))
  }
}

const lastOf = (path: Path): string => path.at(-1) ?? ''
