import { defineConfig } from 'vitest/config'

/** What runs beside other people's programs: the Python package, and the workflow managers. */
export default defineConfig({
  test: {
    globalSetup: ['test/setup.ts', 'test/managers/build-wheel.ts'],
    include: ['test/managers/**/*.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 900_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
