import { mergeConfig } from 'vitest/config'
import tests from './vitest.config.ts'

/** What `npm test` runs, such that V8 counts what is run of `dist`, in every process and thread (`npm run coverage`). */
export default mergeConfig(tests, {
  test: { setupFiles: ['test/take-coverage.ts'], server: { deps: { external: [/\/dist\//] } } },
})
