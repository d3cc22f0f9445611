import { join } from 'node:path'
import { expect, it } from 'vitest'
import { open } from '../../dist/index.js'
import { expectClean, folder } from './kit.ts'

// Fault: after 17 to 59 runs with a step, ENGINE_FAILED ("invalid ref spec"): a connection had stood on the branch of a run that had ended.
it('runs with steps, one after the other in one process, all end well', async () => {
  const db = await open(join(folder(), 'x.db'))
  await db.save('t', [{ id: 1 }], { key: 'id' })
  const made = { inputs: ['t'], outputs: { out: { key: 'id' } } }
  for (let n = 0; n < 80; n++)
    await db.run({ id: `r${n}` }, (run) =>
      run.step('make', { ...made, params: { n } }, async () => ({ out: [{ id: 1, n }] })),
    )
  expect(await db.runs({ status: 'published' })).toHaveLength(80)
  expect((await db.log({ table: 'out' })).length).toBeGreaterThanOrEqual(80)
  await expectClean(db)
  await db.close()
})
