import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** The package as installed (`npm run test:node`): what the tests import from `dist` is taken from there. */
const installed = process.env['DOLTFLOW_INSTALLED']
if (installed === undefined) throw new Error('Run this by: npm run test:node')

export default defineConfig({
  resolve: { alias: [{ find: /^(\.\.\/)+dist\//, replacement: join(installed, 'node_modules/doltflow/dist/') }] },
  test: {
    globalSetup: ['test/setup.ts'],
    include: ['test/installed/**/*.test.ts', 'test/engines/doltlite.test.ts', 'test/engines/doltlite-history.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 12,
  },
})
