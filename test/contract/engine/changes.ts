import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../../dist/index.js'
import { Bench, collect, refusal, type EngineUnderTest } from '../bench.ts'

/** Steps that read only the rows that changed. */
export function changesContract(engine: EngineUnderTest): void {
  describe('rows that changed', () => {
    const bench = new Bench(engine)
    let database: Database
    const raw = 'id,price,qty\n1,10,1\n2,20,2\n3,30,3\n'
    beforeEach(async () => {
      database = await bench.open()
      await bench.save(database, 'raw', raw, { key: 'id' })
    })
    afterAll(() => bench.end())

    test('each once, whatever happens between', async () => {
      const seen: string[] = []
      let fail = false
      const count = () =>
        database.step(
          'count',
          { inputs: { raw: { changes: 'before' } }, outputs: { counts: { key: 'id', mode: 'upsert' } } },
          async (step) => {
            const rows = []
            seen.length = 0
            for await (const row of step.rows('raw')) {
              seen.push(`${row['_change']} ${row['id']} ${row['_before_price']}>${row['price']}`)
              rows.push({ id: row['id']!, n: 1 })
            }
            if (fail) throw new Error('no luck')
            return { counts: { rows } as never }
          },
        )
      const first = await count()
      expect(seen).toEqual(['added 1 null>10', 'added 2 null>20', 'added 3 null>30'])
      expect(first.tables[0]!.changes).toEqual({
        before: true,
        since: null,
        full: 'the step has read none of its rows yet',
        after: null,
      })
      await bench.save(database, 'raw', 'id,price,qty\n1,10,1\n2,22,2\n4,40,4\n')
      fail = true
      await expect(count()).rejects.toThrow('no luck')
      fail = false
      const next = await count()
      expect(seen).toEqual(['modified 2 20>22', 'removed 3 30>30', 'added 4 null>40'])
      expect(next.tables[0]!.changes).toMatchObject({ since: first.tables[0]!.commit, full: null })
      await count().catch(() => {})
      expect(seen).toEqual([])
    })

    test('what was consumed is known behind any number of failures', async () => {
      const seen: unknown[] = []
      const count = (work: () => Promise<void> = () => Promise.resolve()) =>
        database.step('count', { inputs: { raw: { changes: true } } }, async (step) => {
          for await (const row of step.rows('raw')) seen.push(row['id'])
          await work()
        })
      await count()
      await bench.save(database, 'raw', raw.replace('2,20', '2,22'))
      for (let tries = 0; tries < 55; tries++) await count(() => Promise.reject(new Error('no luck'))).catch(() => {})
      seen.length = 0
      expect((await count()).tables[0]!.changes).toMatchObject({ full: null })
      expect(seen).toEqual([2])
    })

    test('of two runs at once that read the same, one is published', async () => {
      const count = (db: Database) =>
        db.step(
          'count',
          { inputs: { raw: { changes: true } }, outputs: { seen: { key: 'n', mode: 'append' } } },
          async (step) => {
            const rows = []
            for await (const row of step.rows('raw')) rows.push({ n: Math.random(), id: row['id']! })
            return { seen: { rows, columns: ['n', 'id'] } }
          },
        )
      const ids = async (db = database) => (await collect(db.rows('seen'))).map(({ id }) => id).toSorted()
      await database.run({ id: 'r0' }, (run) => count(run))
      await bench.save(database, 'raw', `${raw}4,40,4\n`)
      const overtaken = database.run({ id: 'r1' }, async (run) => {
        await count(run)
        await database.run({ id: 'r2' }, (other) => count(other))
      })
      const { code, data, message } = await refusal(overtaken)
      expect([code, data['run'], data['by'], data['table']]).toEqual(['RUN_OVERTAKEN', 'r1', 'r2', 'raw'])
      expect(message).toContain("db.dropRun('r1')")
      expect(await ids()).toEqual([1, 2, 3, 4])
      expect((await refusal(database.publishRun('r1'))).code).toBe('RUN_OVERTAKEN')
      expect((await refusal(database.merge((await database.showRun('r1')).branch))).code).toBe('RUN_OVERTAKEN')
      await database.dropRun('r1')
      expect(await database.planStep('count', { inputs: { raw: { changes: true } } })).toMatchObject({ runs: true })
      await bench.save(database, 'raw', `${raw}4,40,4\n5,50,5\n`)
      await database.run({ id: 'r1' }, async (run) => {
        await count(run)
        // Its own rows it may read on.
        await bench.save(run, 'raw', `${raw}4,40,4\n5,50,5\n6,60,6\n`)
        await count(run)
      })
      expect(await ids()).toEqual([1, 2, 3, 4, 5, 6])
    })

    test('a run in a run goes on where the last night stopped', async () => {
      const night = async (id: string, fail = false): Promise<unknown[]> => {
        const seen: unknown[] = []
        const outer = database.run({ id }, async (run) => {
          await run.run({ id: `${id}-kedro` }, (inner) =>
            inner.step('count', { inputs: { raw: { changes: true } } }, async (step) => {
              for await (const row of step.rows('raw')) seen.push(row['id'])
            }),
          )
          if (fail) throw new Error('late')
        })
        if (fail) await expect(outer).rejects.toThrow('late')
        else await outer
        return seen
      }
      expect(await night('n1')).toEqual([1, 2, 3])
      await bench.save(database, 'raw', `${raw}4,40,4\n`)
      // What is published into a run that fails is not published.
      expect(await night('n2', true)).toEqual([4])
      expect(await night('n3')).toEqual([4])
      expect(await night('n4')).toEqual([])
    })
  })
}
