import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkClaim } from './claims.ts'

const sizes = fc.integer({ min: 1, max: 100 }).map((n) => `${n}Gi`)
const wanted = (size: string, storageClass?: string) => ({
  name: 'data-db-0',
  component: 'db',
  volume: {
    name: 'data',
    path: '/data',
    size,
    ...(storageClass === undefined ? {} : { class: storageClass }),
  },
})
const always = () => Promise.resolve(true)
const never = () => Promise.resolve(false)

test('a claim of the wanted size is right, whatever its class allows and however the size is written', async () => {
  const claim = { size: '2Gi', class: 'a' }
  expect(await checkClaim(wanted('2048Mi'), claim, never)).toEqual([])
  expect(await checkClaim(wanted('2Gi', 'a'), claim, never)).toEqual([])
})

test('growth is right exactly where the class allows it; shrinking never is', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, sizes, fc.boolean(), async (from, to, mayGrow) => {
      const complaints = await checkClaim(wanted(to), { size: from, class: 'a' }, () =>
        Promise.resolve(mayGrow),
      )
      const growth = parseInt(to, 10) - parseInt(from, 10)
      const isRight = growth === 0 || (growth > 0 && mayGrow)
      expect(complaints.length === 0).toBe(isRight)
    }),
  )
})

test('a claim without a class cannot grow', async () => {
  expect(await checkClaim(wanted('2Gi'), { size: '1Gi' }, always)).toHaveLength(1)
})
