import { describe, expect, it } from 'vitest'
import { err, ok } from '../lib/result.ts'
import { decodeBody } from './decode.ts'
import { JsonNumber } from './json-number.ts'
import { render } from './render.ts'

const object = { isCollection: false }
const collection = { isCollection: true }

describe('decodeBody', () => {
  it('reads an object, or an array of a collection, or null', () => {
    expect(decodeBody('{"a":1.10}', 'json', object)).toEqual(ok({ a: new JsonNumber('1.10') }))
    expect(decodeBody('[1]', 'json', collection)).toEqual(ok([1]))
    expect(decodeBody('null', 'json', object)).toEqual(ok(null))
    expect(decodeBody('null', 'json', collection)).toEqual(ok(null))
  })

  it('says why it cannot, without a word of the body', () => {
    const refused = [
      decodeBody('secret', 'json', object),
      decodeBody('', 'json', object),
      decodeBody('["secret"]', 'json', object),
      decodeBody('{"secret":1}', 'json', collection),
      decodeBody('"secret"', 'json', object),
      decodeBody('1.10', 'json', object),
      decodeBody('1.10', 'json', collection),
    ]
    expect(refused).toEqual([
      err('it is not valid JSON'),
      err('it is not valid JSON'),
      err('it is an array, though is_collection is not set'),
      err('it is no array, though is_collection is set'),
      err('it is neither an object nor an array'),
      err('it is neither an object nor an array'),
      err('it is no array, though is_collection is set'),
    ])
  })

  it('puts text under content as it came', () => {
    expect(decodeBody('\ufeff1.10 {', 'string', collection)).toEqual(
      ok({ content: '\ufeff1.10 {' }),
    )
    expect(decodeBody('', 'string', object)).toEqual(ok({ content: '' }))
  })
})

describe('render', () => {
  it('writes compact JSON', () => {
    const contentType = 'application/json; charset=utf-8'
    const value = { a: [1, new JsonNumber('2.0')], s: '서울 <&>' }
    expect(render(value, 'json')).toEqual({ text: '{"a":[1,2.0],"s":"서울 <&>"}', contentType })
    expect(render(null, 'json')).toEqual({ text: 'null', contentType })
    expect(render([], 'json')).toEqual({ text: '[]', contentType })
  })

  it('writes the text under content, or nothing', () => {
    const contentType = 'text/plain; charset=utf-8'
    expect(render({ content: 'text', a: 1 }, 'string')).toEqual({ text: 'text', contentType })
    for (const value of [{ content: 1 }, { a: 'x' }, {}, [], null, 'x', new JsonNumber('1.0')]) {
      expect(render(value, 'string')).toEqual({ text: '', contentType })
    }
  })
})
