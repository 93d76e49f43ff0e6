type Options = Readonly<Record<string, unknown>>

/** The chosen options of a block in words: `allow 10.0.0.0/8, fd00::/8; deny 10.1.2.3`. Absent ones are not told. */
export function showOptions(options: Options, paths: readonly string[]): string {
  return paths
    .map((path) => ({ name: path.split('.').at(-1) ?? path, values: valuesAt(options, path) }))
    .filter(({ values }) => values.length > 0)
    .map(({ name, values }) => `${name} ${values.map(show).join(', ')}`)
    .join('; ')
}

/** What a path leads to, through every entry of lists on the way. */
const valuesAt = (options: Options, path: string): readonly unknown[] =>
  path.split('.').reduce<readonly unknown[]>(
    (values, key) =>
      values
        .flatMap((value) => (isMap(value) && Object.hasOwn(value, key) ? [value[key]] : []))
        .flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value]))
        .filter((value) => value !== null && value !== undefined && value !== ''),
    [options],
  )

function show(value: unknown): string {
  if (!isMap(value)) return String(value)
  return Object.entries(value)
    .map(([key, item]) => `${key} (${[item].flat().map(show).join(', ')})`)
    .join(' ')
}

const isMap = (value: unknown): value is Options =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
