import { defineConfig } from 'vitest/config'

/** Suites that need a Kubernetes cluster and Pulumi's engine: run by `.ci/run`, one file after another. */
export default defineConfig({
  test: {
    name: 'infra',
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['setup.ts'],
    environment: 'node',
    testTimeout: 180_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
})
