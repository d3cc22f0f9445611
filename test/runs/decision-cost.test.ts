import { expect, test } from 'vitest'
import { contextOf } from '../../dist/database.js'
import { open, type Database } from '../../dist/index.js'
import { decide, describeStep } from '../../dist/verbs/steps/describe.js'
import { counting } from '../counting.ts'

/** What a decision whether to skip asks of the engine. */
async function asked(db: Database, inputs: readonly string[]): Promise<Record<string, number>> {
  const context = contextOf(db)
  const session = await context.engine.session({})
  const { session: counted, calls } = counting(session)
  const described = await describeStep(counted, context, 'join', { inputs, outputs: ['out'] })
  const found = await decide(counted, described, false)
  expect(found).toHaveProperty('result')
  await session.release()
  return calls
}

test('whether to skip takes as many calls, however many rows, commits and runs there are', async () => {
  const db = await open(`memory:${Math.random()}`)
  const inputs = Array.from({ length: 20 }, (_, n) => `input${n}`)
  const rows = (count: number): { id: number }[] => Array.from({ length: count }, (_, id) => ({ id }))
  const join = (branch?: string) =>
    db.step('join', { inputs, outputs: ['out'], branch }, async () => ({ out: [{ id: 1 }] }))
  for (const input of inputs) await db.save(input, rows(1), { key: 'id' })
  await db.save('out', rows(2), { key: 'id' })
  await join()
  const few = await asked(db, inputs)
  // No row is read, and no history walked.
  for (const name of ['openRows', 'openDiff', 'openText', 'countDiff', 'log']) expect(few).not.toHaveProperty(name)
  for (const input of inputs.slice(0, 10)) await db.save(input, rows(500))
  for (let n = 0; n < 30; n++) {
    await db.run({ id: `r${n}` }, (run) => run.step('other', { params: { n } }, async () => {}))
    await db.save('unrelated', rows(n + 1), { key: 'id' })
  }
  await join()
  expect(await asked(db, inputs)).toEqual(few)
  const calls = Object.values(few).reduce((sum, count) => sum + count, 0)
  expect(calls).toBeLessThan(5 * inputs.length)
  await db.close()
})
