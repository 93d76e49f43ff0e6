import { defineConfig } from 'vitest/config'

/** Suites whose pods really run: one node on this machine, images made of what is here. Run by `.ci/run`. */
export default defineConfig({
  test: {
    name: 'infra on a real node',
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['setup.ts'],
    environment: 'node',
    testTimeout: 180_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    bail: 1,
  },
})
