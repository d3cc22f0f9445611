import { defineConfig } from 'vitest/config'

/** What takes too long for every run: thousands of kills, long soaks. */
export default defineConfig({
  test: { include: ['test/long/**/*.test.ts'], testTimeout: 3_600_000, hookTimeout: 60_000, pool: 'forks', fileParallelism: false },
})
