import { expect, test } from 'vitest'
import { ignoredKeys } from '../keys.ts'
import { backendSchema } from '../schema/backend.ts'
import { blocks } from '../schema/blocks.ts'
import { definitionSchema } from '../schema/definition.ts'
import { systemSchema } from '../schema/system.ts'
import { unavailable } from '../schema/unavailable.ts'
import { fieldsOf } from './fields.ts'
import { configurationReference } from './markdown.ts'

const PAGE = configurationReference()
const BLOCKS = Object.values(blocks).flatMap((level) => Object.entries(level))
const SCHEMAS = [
  systemSchema,
  definitionSchema,
  backendSchema,
  ...BLOCKS.map(([, { options }]) => options),
]

test('every field has a meaning, and the page tells it', () => {
  for (const field of SCHEMAS.flatMap((schema) => fieldsOf(schema))) {
    expect(field.meaning, field.key).not.toBe('')
    const isMergedAway = field.key.startsWith('backend[].')
    if (!isMergedAway) expect(PAGE).toContain(`\`${field.key}\``)
  }
})

test('every block and every ignored key is on the page', () => {
  const keys = [
    ...BLOCKS.map(([key]) => key),
    ...Object.keys(unavailable),
    ...Object.keys(ignoredKeys.system),
    ...Object.keys(ignoredKeys.definition),
  ]
  for (const key of keys) expect(PAGE).toContain(`\`${key}\``)
})

test.each([
  '| `name` | text | *required* | Name of the service; must be given. |',
  '| `max_body` | size | `16MiB` | Largest upstream answer that is decoded. |',
  '| `upstreams.<name>.ready.codes` | list of whole number | `[200]` | Status codes that mean ready. |',
  '| `hosts[].host`, `Host` | host | *required* | `[http(s)://]name[:port][/base]`, or the name of an upstream. |',
])('a row tells keys, type and default: %s', (row) => {
  expect(PAGE).toContain(row)
})

test('each row has four cells', () => {
  const rows = PAGE.split('\n').filter((line) => line.startsWith('| `'))
  for (const row of rows) expect(row.split(/(?<!\\)\|/).length).toBeGreaterThanOrEqual(4)
})

test('the same schemas always make the same page', () => {
  expect(configurationReference()).toBe(PAGE)
})
