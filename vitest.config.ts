import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // The upstreams that the contract tests of every host call.
    globalSetup: ['test/hosts/setup.ts'],
    projects: [
      {
        test: {
          name: 'node',
          // Files share their imports: a third of the time. None changes what another sees.
          isolate: false,
          include: ['src/**/*.test.ts', 'infra/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['src/**/*.workerd.test.ts', 'test/{workerd,slow,infra}/**'],
          environment: 'node',
          testTimeout: 20_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                CB_BRIDGE_BOOTSTRAP: 'MARKER-contract-bootstrap',
                CLIENT_ADDRESS: 'socket',
                LIVE_SWAP_SECRET: 'contract-live-swap-secret',
                METRICS_TOKEN: 'contract-metrics-token',
              },
            },
          }),
        ],
        test: {
          name: 'workerd',
          include: ['src/**/*.workerd.test.ts', 'test/workerd/**/*.test.ts'],
        },
      },
    ],
  },
})
