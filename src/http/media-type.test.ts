import { expect, test } from 'vitest'
import { mayBeJson } from './media-type.ts'

test.each([
  undefined,
  '',
  'application/json',
  'Application/JSON; charset=utf-8',
  'application/vnd.api+json',
  'text/json',
  'text/plain, application/json',
  ' application/json',
])('%s may be JSON', (type) => {
  expect(mayBeJson(type)).toBe(true)
})

test.each(['text/plain', 'multipart/form-data; boundary=x', 'application/octet-stream'])(
  '%s is something else',
  (type) => {
    expect(mayBeJson(type)).toBe(false)
  },
)
