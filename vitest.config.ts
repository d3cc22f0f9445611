import { defineConfig } from 'vitest/config'
import { ELSEWHERE } from './vitest.servers.config.ts'

export default defineConfig({
  test: {
    globalSetup: ['test/setup.ts'],
    include: ['test/**/*.test.ts'],
    exclude: ['test/long/**', 'test/installed/**', 'test/managers/**', ...ELSEWHERE],
    env: { DOLTFLOW_TEST_ENGINE: 'doltlite' },
    // A hang is told, not a slow machine.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    pool: 'forks',
    // Much of the time is spent waiting for other processes.
    maxWorkers: 2,
    maxConcurrency: 12,
  },
})
