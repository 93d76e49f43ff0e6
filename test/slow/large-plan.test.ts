import { expect, test } from 'vitest'
import { createCleanup } from '../bench/cleanup.ts'
import { measureSwitching } from '../bench/switching.ts'

/** What `npm run bench` measures. How long things take depends on who else uses the machine; nothing may fail. */
test('a file of a large plan is published under load, and no request fails', async () => {
  const cleanup = createCleanup()
  try {
    const cost = await measureSwitching(5, cleanup)
    console.log(JSON.stringify(cost))
    expect([cost.publisher.failed, cost.follower.failed]).toEqual([0, 0])
    expect(cost.publisher.asked).toBeGreaterThan(2000)
    expect(cost.follower.asked).toBeGreaterThan(2000)
    expect(cost.worstSwitchMs).toBeLessThan(5000)
  } finally {
    await cleanup.run()
  }
})
