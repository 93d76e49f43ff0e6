import { expect, it } from 'vitest'
import { version } from '../../package.json'
import { VERSION } from './version.ts'

it('is the version of package.json', () => {
  expect(VERSION).toBe(version)
})
