import { defineConfig } from 'vitest/config'

/** Suites that take too long, or need the machine for themselves: run by `.ci/run`, one after another. */
export default defineConfig({
  test: {
    name: 'slow',
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    environment: 'node',
    testTimeout: 180_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
})
