import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { isDoltflowError, isTableHandle, type Database } from '../../../dist/index.js'
import { Bench, collect, refusal, rowsOf, type EngineUnderTest } from '../bench.ts'

const DAY_MS = 24 * 3600 * 1000

export function handlesContract(engine: EngineUnderTest): void {
  describe('handles and pins', () => {
    const bench = new Bench(engine)
    let database: Database
    beforeAll(() => {
      vi.useFakeTimers({ toFake: ['Date'] })
      vi.setSystemTime(Date.now())
    })
    beforeEach(async () => {
      database = await bench.open()
    })
    afterEach(() => void vi.setSystemTime(Date.now()))
    afterAll(async () => {
      vi.useRealTimers()
      await bench.end()
    })

    test('an action has the handle of what it wrote or read, also a repeat, an append and a merge', async () => {
      const saved = await database.save('foo', [{ id: 1, a: 'x' }], { key: 'id', id: 'first' })
      const { handle } = saved
      expect(handle).toEqual({
        db: database.name,
        table: 'foo',
        commit: saved.toCommit,
        hash: saved.tableHash,
        rows: 1,
      })
      expect(isTableHandle(JSON.parse(JSON.stringify(handle)))).toBe(true)
      expect(JSON.stringify(handle).length).toBeLessThan(1024)
      const appended = await database.save('foo', [{ id: 2, a: 'y' }], { mode: 'append' })
      expect(appended.handle).toMatchObject({ rows: 2, commit: appended.toCommit })
      const merged = await database.save('foo', [{ id: 1, a: 'z' }], {
        mode: 'upsert',
        branch: { from: 'HEAD~1', mergeTo: 'main' },
      })
      expect(merged.handle).toMatchObject({ rows: 2, commit: merged.toCommit, hash: merged.tableHash })
      expect((await database.save('foo', [{ id: 1, a: 'x' }], { key: 'id', id: 'first' })).handle).toEqual(handle)
      expect((await database.load('foo', bench.path(), { at: 'HEAD~1' })).handle).toEqual({
        ...appended.handle,
        db: database.name,
      })
      expect((await database.save('foo', [{ id: 3, a: '' }], { dryRun: true })).handle).toBeNull()
    })

    test('a handle is read as what it names, by load, rows and pin', async () => {
      const first = (await database.save('foo', [{ id: 1 }], { key: 'id' })).handle!
      await database.save('foo', [{ id: 2 }])
      expect(await bench.text(database, first)).toBe('id\n1\n')
      expect(await collect(database.rows(first))).toEqual([{ id: 1 }])
      expect(await database.pin(first)).toEqual(first)
      expect((await refusal(database.load(first, bench.path(), { at: 'HEAD' }))).code).toBe('OPTION_INVALID')
      const other = await bench.open()
      await other.init()
      const error = await refusal(other.load({ ...first, db: 'elsewhere' }, bench.path()))
      expect(isDoltflowError(error, 'HANDLE_NOT_FOUND') && error.data.db).toBe('elsewhere')
      const wrong = { ...first, hash: '0123' }
      expect((await refusal(database.rows(wrong))).code).toBe('HANDLE_NOT_FOUND')
    })

    test('rows come out as they go in, and a reading with a run is on record', async () => {
      await database.save('foo', [{ id: 1, a: null }], { key: 'id' })
      await database.save('copy', database.rows('foo', { run: 'r', step: 's', id: 'reading' }), { key: 'id' })
      expect(await rowsOf(database.rows('copy'))).toEqual([[1, null]])
      expect(await database.actions({ run: 'r' })).toMatchObject([
        { id: 'reading', kind: 'load', table: 'foo', step: 's', rows: 1, fromCommit: expect.any(String) },
      ])
      for await (const _ of database.rows('foo', { run: 'early' })) break
      expect(await database.actions({ run: 'early' })).toMatchObject([{ table: 'foo', rows: 1 }])
    })

    test('a handle outlives its branch for 30 days from its last use, a pin for good', async () => {
      await database.save('foo', [{ id: 1 }], { key: 'id' })
      const [kept, unused, pinned] = await Promise.all(
        ['kept', 'unused', 'pinned'].map(async (name, at) => {
          const { handle } = await database.save('foo', [{ id: at + 10 }], { branch: { new: name } })
          if (name === 'pinned') await database.pin(handle!)
          await database.deleteBranch(name)
          return handle!
        }),
      )
      const now = Date.now()
      await database.gc()
      for (const handle of [kept!, unused!, pinned!]) expect(await rowsOf(database.rows(handle))).toHaveLength(1)
      expect((await database.branches()).map(({ name }) => name)).toEqual(['main'])
      vi.setSystemTime(now + 29 * DAY_MS)
      const again = await bench.open(database.location)
      expect(await rowsOf(again.rows(kept!))).toEqual([[10]])
      vi.setSystemTime(now + 32 * DAY_MS)
      await again.gc()
      expect(await rowsOf(again.rows(kept!))).toEqual([[10]])
      expect(await rowsOf(again.rows(pinned!))).toEqual([[12]])
      // Dolt's own collection takes some commits later.
      expect(await held(again)).toEqual([kept!.commit, pinned!.commit].toSorted())
      expect([await again.unpin(pinned!), await again.unpin(pinned!)]).toEqual([true, false])
      vi.setSystemTime(now + 70 * DAY_MS)
      await again.gc()
      expect(await held(again)).toEqual([])
    })
  })
}

/** The commits that doltflow's own branches keep. */
async function held(database: Database): Promise<string[]> {
  const own = (await database.branches({ all: true })).filter(({ name }) => /^doltflow\/(held|pin)\//.test(name))
  return own.map(({ hash }) => hash).toSorted()
}
