/**
 * A key that stands twice in one object of a JSON text, or undefined. Parsers disagree about which of the two counts,
 * so that one could be judged and the other used. The text must be JSON.
 */
export function repeatedKey(json: string): string | undefined {
  /** The keys of each open object, and nothing for each open array. */
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < json.length; at++) {
    const char = json[at]
    if (char === '{') open.push(new Set())
    else if (char === '[') open.push(undefined)
    else if (char === '}' || char === ']') open.pop()
    else if (char === '"') {
      const end = endOfText(json, at)
      KEY_END.lastIndex = end
      if (KEY_END.test(json)) {
        const key = JSON.parse(json.slice(at, end)) as string
        const keys = open.at(-1)
        if (keys?.has(key) === true) return key
        keys?.add(key)
      }
      at = end - 1
    }
  }
  return undefined
}

/** A text before a colon is a key. */
const KEY_END = /\s*:/y

/** Where the text that begins at a quote is over. */
function endOfText(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at + 1
}
