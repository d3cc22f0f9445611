import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: ['test/setup.ts'],
    include: ['test/**/*.test.ts'],
    exclude: ['test/long/**', 'test/installed/**', 'test/managers/**'],
    // A hang is told, not a slow machine.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    pool: 'forks',
    // Much of the time is spent waiting for other processes.
    maxWorkers: 2,
    maxConcurrency: 12,
  },
})
