import { join } from 'node:path'
import { expect, it } from 'vitest'
import { killedRuns, killedSteps, type KilledPlace } from './killed-runs.ts'
import { CONTAINER, expectClean, folder, isRoot, start, stoppedBelow, using } from './kit.ts'

const doltlite: KilledPlace = {
  url: () => join(folder(), 'x.db'),
  merging: ['merge-made', 'publish-reset'],
  publishing: ['publish-locked', 'publish-reset'],
  expectClean,
}

killedRuns(doltlite)
killedSteps(doltlite)

it.skipIf(!isRoot)('a run in another container runs while its process does', async () => {
  const db = join(folder(), 'x.db')
  await using(db, (database) => database.save('one', { rows: [{ k: 1 }] }, { key: 'k' }))
  const job = { job: 'run', db, tables: { one: [{ k: 2 }] }, options: { id: 'r1' } }
  const child = start(job, { failpoint: 'run-branch', wrap: CONTAINER, env: { DOLTFLOW_FAILSIGNAL: 'SIGSTOP' } })
  await stoppedBelow(child.pid)
  const status = () => using(db, async (database) => (await database.showRun('r1')).status)
  expect(await status()).toBe('running')
  child.kill()
  await child.ended
  expect(await status()).toBe('interrupted')
})
