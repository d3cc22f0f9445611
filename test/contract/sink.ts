import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Action, Sink } from '../../dist/index.js'
import { Lab } from '../properties/kit.ts'

/** A place where actions go, and how they are read back from it. */
export interface SinkUnderTest {
  name: string
  /** The sink; undefined where every database has it. */
  sink(lab: Lab): Sink | undefined
  /** What it was told so far, in order. */
  told(lab: Lab): Promise<Action[]> | Action[]
  /** Whether it is told of loads that have no run. */
  allLoads: boolean
}

/** What every sink must do. */
export function sinkContract(under: SinkUnderTest): void {
  describe(`sink ${under.name}`, () => {
    const lab = new Lab()
    let meta: Sink[]
    beforeAll(async () => {
      await lab.start()
      meta = [under.sink(lab) ?? []].flat()
    })
    afterAll(() => lab.end())
    const told = async () => (await under.told(lab)).map(({ notices: _notices, ...record }) => record)
    // A sink is told without the handle, which is made for the caller alone.
    const plain = ({ notices: _notices, ...record }: Action) => ({ ...record, handle: null })

    test('has each action as it was returned, and in their order', async () => {
      const data = { text: 'é\n"\u2028', list: [1, null, true], deep: { a: { b: '' } } }
      const saved = await lab.database.save('foo', lab.file('id,a\n1,x\n'), {
        key: 'id',
        meta,
        run: 'r\n1',
        step: 'é',
        data,
      })
      const same = await lab.database.save('foo', lab.file('id,a\n1,x\n'), { meta, author: 'A "B" <a@b>' })
      const loaded = await lab.database.load('foo', `${lab.folder}/out, "1".csv`, {
        meta,
        run: 'r2',
        at: saved.toCommit!,
      })
      expect(await told()).toEqual([saved, same, loaded].map(plain))
    })
    test('a load without a run', async () => {
      const before = (await told()).length
      await lab.database.load({ sql: 'SELECT 1 AS "one"' }, `${lab.folder}/one.csv`, { meta })
      expect(await told()).toHaveLength(before + Number(under.allLoads))
    })
    test('is told nothing of what was refused or only tried', async () => {
      const before = await told()
      await expect(lab.database.save('foo', lab.file('id,a\n,x\n'), { meta })).rejects.toMatchObject({
        code: 'KEY_NULL',
      })
      await lab.database.save('foo', lab.file('id,a\n9,x\n'), { meta, dryRun: true })
      await expect(lab.database.load('nothing', `${lab.folder}/none.csv`, { meta, run: 'r' })).rejects.toMatchObject({
        code: 'TABLE_NOT_FOUND',
      })
      expect(await told()).toEqual(before)
    })
    test('many at once: each once', async () => {
      const before = (await told()).length
      const actions = await Promise.all(
        [1, 2, 3, 4, 5, 6].map((id) =>
          lab.database.save('foo', lab.file(`id,a\n${id + 10},x\n`), { meta, mode: 'append' }),
        ),
      )
      const now = (await told()).slice(before)
      expect(now.map(({ id }) => id).toSorted()).toEqual(actions.map(({ id }) => id).toSorted())
      expect(now).toEqual(expect.arrayContaining(actions.map(plain)))
    })
  })
}
