import { expect, test } from 'vitest'
import { parseBytes } from './bytes.ts'

test.each([
  ['0', 0],
  ['1048576', 1_048_576],
  ['512B', 512],
  ['500KB', 500_000],
  ['16MiB', 16_777_216],
  ['16mib', 16_777_216],
  ['1.5 KiB', 1_536],
  ['2GB', 2_000_000_000],
  ['1GiB', 1_073_741_824],
])('%s is %d bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes)
})

test.each(['', 'MiB', '-1', '1e3', '1,5MiB', '16M', '1TiB', '9'.repeat(30), '1MiB '])(
  '%j is no size',
  (text) => {
    expect(parseBytes(text)).toBeUndefined()
  },
)
