import { describe, expect, it } from 'vitest'
import { printCapnp, verbatim } from './capnp.ts'

describe('printCapnp', () => {
  it('prints structs, lists, texts and names, with spaces around the equals sign', () => {
    const value = { worker: verbatim('.gateway'), flags: ['a', 'b'], list: [{ on: true }] }
    expect(printCapnp(value)).toBe(
      '(worker = .gateway, flags = ["a", "b"], list = [\n    (on = true)\n  ])',
    )
  })

  it('leaves out what is absent', () => {
    expect(printCapnp({ a: undefined, b: 'x' })).toBe('(b = "x")')
  })

  it('lets no text end its quotes', () => {
    expect(printCapnp('a"b\\c\n\u0000é')).toBe('"a\\"b\\\\c\\x0a\\x00\\xc3\\xa9"')
  })
})
