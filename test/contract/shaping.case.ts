import { describe, expect, test } from 'vitest'
import { freshKey } from '../support/script.ts'
import type { Host } from './host.ts'
import { expectStamp, useFixture } from './stage.ts'

/** JSON manipulation from end to end; its laws are tested beside `src/shaping`. */
export function shaping(host: Host): void {
  const on = useFixture(host)

  describe('shaping', () => {
    test.each([
      ['target', '{"data":{"inner":{"a":1.10}}}', '{"a":1.10}'],
      ['target', '{"data":{"inner":[1,2]}}', '[1,2]'],
      ['target', '{"data":1}', '{}'],
      [
        'whitelist',
        '{"a":{"b":{"c":1,"d":2},"e":3},"list":[{"x":1}],"text":"t","nothing":null}',
        '{"a":{"b":{"c":1}},"list":[{"x":1}],"nothing":null}',
      ],
      ['whitelist', '{"z":1}', '{}'],
      ['blacklist', '{"a":{"b":{"c":1,"d":2},"e":3},"text":"t"}', '{"a":{"b":{"d":2},"e":3}}'],
      ['blacklist', '{"a":{"b":{"c":1}}}', '{"a":{"b":{}}}'],
      ['mapping', '{"one":1,"two":2,"rest":0}', '{"rest":0,"three":1}'],
      ['order', '{"data":{"keep":1,"drop":2},"keep":3}', '{"g":{"kept":1}}'],
      ['collection', '[{"id":1.10},2]', '[{"id":1.10},2]'],
      ['wrapped', '[1,2]', '{"items":[1,2]}'],
      ['grouped', '[1,2]', '{"g":[1,2]}'],
      [
        'flatmap',
        '{"a":{"b":{"c":1,"d":2}},"l":[{"x":1,"y":{"z":9}}],"s":"t","n":null}',
        '{"a":{"b":{"d":2,"k":1}},"deep":{"er":{"s":"t"}},"l":[{"x":1,"y":{}}]}',
      ],
      ['merged', '{"list":[1]}', '{"b":{"list":[1,1]}}'],
    ])('%s: %s', async (name, body, expected) => {
      const key = freshKey()
      await on.first.script(key, { body })
      const answer = await on.gateway.fetch(`/shape/${name}/${key}`)
      expect(answer.status).toBe(200)
      expect(canonical(await answer.text())).toBe(canonical(expected))
      expectStamp(answer, true)
    })
  })
}

/** JSON text with its keys sorted; the fixtures hold no keys inside strings. */
function canonical(text: string): string {
  const numbers = text.replaceAll(/-?\d[\d.eE+-]*/g, (number) => `"#${number}#"`)
  const sort = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sort)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .toSorted(([a], [b]) => (a < b ? -1 : 1))
              .map(([key, child]) => [key, sort(child)]),
          )
        : value
  return JSON.stringify(sort(JSON.parse(numbers)))
}
