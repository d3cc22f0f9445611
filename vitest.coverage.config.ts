import { mergeConfig } from 'vitest/config'
import tests from './vitest.config.ts'

/** The files of dist/bin only lead to modules meanwhile, so that what counts those can't run. What `npm test` and `npm run test:servers` run, such that V8 counts what is run of `dist`, in every process and thread (`npm run coverage`). */
const everything = {
  ...tests,
  test: { ...tests.test, exclude: ['test/long/**', 'test/installed/**', 'test/managers/**', 'test/cli/start-up.test.ts'], env: {} },
}

export default mergeConfig(everything, {
  test: { setupFiles: ['test/take-coverage.ts'], server: { deps: { external: [/\/dist\//] } } },
})
