import { defineConfig } from 'vitest/config'

/** What takes too long for every run: thousands of kills, long soaks, and the properties with new seeds. */
export default defineConfig({
  test: {
    globalSetup: ['test/setup.ts'],
    include: [
      'test/long/**/*.test.ts',
      'test/properties/**/*.test.ts',
      'test/formats/csv-properties.test.ts',
      'test/formats/files.test.ts',
      'test/faults/parallel.test.ts',
    ],
    env: { FC_SEED: String(Date.now() % 2 ** 31), FC_RUNS: '1000', SAVES: '50', ...process.env },
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
    pool: 'forks',
    fileParallelism: false,
  },
})
