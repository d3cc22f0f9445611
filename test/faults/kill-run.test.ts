import { join } from 'node:path'
import { killedRuns, killedSteps, type KilledPlace } from './killed-runs.ts'
import { expectClean, folder } from './kit.ts'

const doltlite: KilledPlace = {
  url: () => join(folder(), 'x.db'),
  merging: ['merge-made', 'publish-reset'],
  publishing: ['publish-locked', 'publish-reset'],
  expectClean,
}

killedRuns(doltlite)
killedSteps(doltlite)
