import { defineConfig } from 'vitest/config'

/** What needs a server of other people's, or their programs: Dolt, S3, Python, Chromium. `npm test` leaves it out. */
export const ELSEWHERE: string[] = [
  'test/engines/dolt-*.test.ts',
  'test/engines/dolt.test.ts',
  'test/engines/mysql.test.ts',
  'test/engines/s3/**/*.test.ts',
  'test/copy/**/*.test.ts',
  'test/interop/**/*.test.ts',
  'test/browser/**/*.test.ts',
  'test/properties/oracle-dolt.test.ts',
]

export default defineConfig({
  test: {
    globalSetup: ['test/setup.ts'],
    include: [...ELSEWHERE, 'test/properties/{merge-columns,reverts,versions}.test.ts'],
    env: { DOLTFLOW_TEST_ENGINE: 'dolt' },
    testTimeout: 240_000,
    hookTimeout: 240_000,
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 12,
  },
})
