import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { clone, type CheckFailure, type CheckRule, type Database } from '../../../dist/index.js'
import { Bench, refusal, type EngineUnderTest } from '../bench.ts'

export function checksContract(engine: EngineUnderTest): void {
  describe('checks', () => {
    const bench = new Bench(engine)
    let database: Database
    const good = 'id,price,day,c\n1,10,2024-01-01,DE\n2,20,2024-01-02,FR\n'
    beforeEach(async () => {
      database = await bench.open()
      await bench.save(database, 'foo', good, { key: 'id' })
    })
    afterAll(() => bench.end())
    const failures = (error: { data: unknown }) => (error.data as { failures: CheckFailure[] }).failures
    const text = (options = {}) => bench.text(database, 'foo', options)
    const bad = good.replace('2,20', '2,')
    const priceKnown = () => database.addCheck('foo', 'price-known', { kind: 'not-null', column: 'price' })
    const refused = async (work: Promise<unknown>, ...names: string[]) => {
      const head = await database.resolve('HEAD')
      const error = await refusal(work)
      expect(error).toMatchObject({ code: 'CHECK_FAILED' })
      expect(failures(error).map(({ check }) => check)).toEqual(names)
      expect(await database.resolve('HEAD')).toBe(head)
      return error
    }

    const KINDS: [string, CheckRule, string, string][] = [
      ['not-null', { kind: 'not-null', column: 'price' }, good, bad],
      ['unique', { kind: 'unique', columns: ['c'] }, good, good.replace('FR', 'DE')],
      [
        'unique of several',
        { kind: 'unique', columns: ['c', 'day'] },
        good.replace('FR', 'DE'),
        'id,price,day,c\n1,1,x,DE\n2,1,x,DE\n',
      ],
      ['range', { kind: 'range', column: 'price', min: '0', max: '20' }, good, good.replace('2,20', '2,20.5')],
      [
        'range, open',
        { kind: 'range', column: 'price', min: '9', max: null },
        good.replace('2,20', '2,1e9'),
        good.replace('1,10', '1,-1'),
      ],
      [
        'range, not a number',
        { kind: 'range', column: 'price', min: '0', max: null },
        good,
        good.replace('1,10', '1,ten'),
      ],
      [
        'range of texts',
        { kind: 'range', column: 'day', min: '2024-01-01', max: '2024-12-31' },
        good,
        good.replace('2024-01-02', '2025-01-02'),
      ],
      // A program writes numbers.
      [
        'range of numbers',
        { kind: 'range', column: 'price', min: 0, max: 20.25 },
        good,
        good.replace('2,20', '2,20.5'),
      ],
      ['in of numbers', { kind: 'in', column: 'price', values: [10, 20] }, good, good.replace('2,20', '2,21')],
      ['in', { kind: 'in', column: 'c', values: ['DE', 'FR'] }, good, good.replace('FR', 'UK')],
      ['matches', { kind: 'matches', column: 'c', pattern: '^[A-Z]{2}$' }, good, good.replace('FR', 'fr')],
      ['rows', { kind: 'rows', min: 2, max: 3 }, good, 'id,price,day,c\n1,10,x,DE\n'],
      [
        'max-changed',
        { kind: 'max-changed', percent: 50 },
        good.replace('2,20', '2,21'),
        'id,price,day,c\n1,1,x,DE\n2,2,x,DE\n',
      ],
      [
        'max-removed',
        { kind: 'max-removed', percent: 49 },
        good.replace('2,20', '2,21'),
        'id,price,day,c\n1,10,2024-01-01,DE\n',
      ],
    ]
    test.each(KINDS)('%s', async (_name, rule, keeps, breaks) => {
      expect((await database.addCheck('foo', 'rule', rule)).failure).toBeNull()
      await bench.save(database, 'foo', keeps)
      const error = await refused(bench.save(database, 'foo', breaks), 'rule')
      expect(error.message).toContain('The check rule of foo fails')
      expect(await text()).toBe(keeps)
    })

    test('references look at both tables', async () => {
      await bench.save(database, 'countries', 'c\nDE\nFR\n', { key: 'c' })
      await database.addCheck('foo', 'known', {
        kind: 'references',
        column: 'c',
        table: 'countries',
        foreignColumn: 'c',
      })
      await refused(bench.save(database, 'foo', good.replace('FR', 'UK')), 'known')
      await refused(bench.save(database, 'countries', 'c\nDE\n'), 'known')
      await bench.save(database, 'countries', 'c\nDE\nFR\nUK\n')
      await bench.save(database, 'foo', good.replace('FR', 'UK'))
    })

    test('what is refused is kept: it can be looked at, mended or published by an override, on record', async () => {
      await priceKnown()
      const error = await refused(bench.save(database, 'foo', bad, { message: 'new prices' }), 'price-known')
      const { branch } = error.data as { branch: string }
      expect(branch).toMatch(/^rejected\/[0-9a-f]{8}$/)
      expect(failures(error)[0]).toEqual({
        check: 'price-known',
        table: 'foo',
        level: 'error',
        reason: 'price is NULL',
        total: 1,
        rows: [{ id: 2, price: null }],
      })
      expect(await text({ at: branch })).toBe(bad)
      expect((await database.runChecks({ at: branch }))[0]!.failure).toMatchObject({ total: 1 })
      expect((await database.runChecks())[0]!.failure).toBeNull()
      await refused(database.merge(branch), 'price-known')
      await refused(database.createBranch('exp', branch), 'price-known')
      expect((await refusal(database.merge(branch, { override: 'price-known' }))).code).toBe('OPTION_INVALID')
      expect((await refusal(database.merge(branch, { override: 'other', reason: 'x' }))).code).toBe('CHECK_NOT_FOUND')
      const merged = await database.merge(branch, { override: 'price-known', reason: 'the shop is closed' })
      expect(merged).toMatchObject({ changed: true, notices: [{ code: 'CHECK_WARNED' }] })
      const { commit } = await database.show('HEAD')
      expect(commit.message).toContain('override price-known: the shop is closed')
      expect(await text()).toBe(bad)
      expect((await database.branches()).map(({ name }) => name)).toEqual(['main'])
    })

    test('whichever verb moves the branch', async () => {
      await bench.save(database, 'foo', bad)
      const broken = await database.resolve('HEAD')
      await bench.save(database, 'foo', good)
      const mended = await database.resolve('HEAD')
      await database.createBranch('exp', broken)
      expect((await priceKnown()).failure).toBeNull()
      await refused(database.restore('foo', broken), 'price-known')
      await refused(database.restoreAll(broken), 'price-known')
      await refused(database.revert(mended), 'price-known')
      await refused(bench.save(database, 'foo', bad, { mode: 'upsert' }), 'price-known')
      await refused(
        bench.save(database, 'foo', `${bad}3,,x,DE\n`, { branch: { from: broken, mergeTo: 'main' } }),
        'price-known',
      )
      await refused(bench.save(database, 'foo', bad, { branch: { new: 'exp2' } }), 'price-known')
      await refused(database.restore('foo', broken, { dryRun: true }), 'price-known')
      await database.addCheck('foo', 'rows', { kind: 'rows', min: 1, max: null })
      await refused(database.drop('foo'), 'rows')
      const run = database.run({ id: 'r1' }, async (inner) => {
        // In a run anything may be there for a while.
        await bench.save(inner, 'foo', bad)
      })
      const error = await refused(run, 'price-known')
      expect(error.data).toMatchObject({ branch: 'run/r1' })
      await database.merge('run/r1', { override: 'price-known', reason: 'x' })
      expect(await text()).toBe(bad)
    })

    test('on the merged result: two saves, each of which keeps it, and both together do not', async () => {
      await database.addCheck('foo', 'one-each', { kind: 'unique', columns: ['c'] })
      const base = await database.resolve('HEAD')
      const add = (id: number, c: string) =>
        bench.save(database, 'foo', `id,price,day,c\n${id},1,x,${c}\n`, {
          mode: 'upsert',
          branch: { from: base, mergeTo: 'main' },
        })
      await add(3, 'UK')
      const error = await refused(add(4, 'UK'), 'one-each')
      const { branch } = error.data as { branch: string }
      // What is kept is what would have been published.
      expect((await bench.text(database, 'foo', { at: branch })).split('\n')).toHaveLength(6)
      const racing = await Promise.allSettled(Array.from({ length: 6 }, (_, at) => add(10 + at, at < 3 ? 'IT' : 'ES')))
      expect(racing.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
      expect((await database.runChecks())[0]!.failure).toBeNull()
    })

    test('warn tells; a check of one save; a function', async () => {
      await database.addCheck('foo', 'price-known', { kind: 'not-null', column: 'price' }, { level: 'warn' })
      const action = await bench.save(database, 'foo', bad)
      expect(action.notices).toMatchObject([
        { code: 'CHECK_WARNED', message: expect.stringContaining('price is NULL') },
      ])
      expect(await text()).toBe(bad)
      const all = async (proposed: { rows(): AsyncIterable<Record<string, unknown>> }) => {
        for await (const row of proposed.rows()) if (Number(row['id']) > 2) return `id ${String(row['id'])} is too high`
        return undefined
      }
      const more = 'id,price,day,c\n3,1,x,DE\n'
      const error = await refusal(bench.save(database, 'foo', more, { mode: 'upsert', check: all }))
      expect(error.code).toBe('CHECK_FAILED')
      expect(error.message).toContain('id 3 is too high')
      await bench.save(database, 'foo', more, { mode: 'upsert', check: () => {} })
    })

    test('are added, listed and removed; a wrong one is refused', async () => {
      const { check } = await priceKnown()
      expect(await priceKnown()).toMatchObject({ check })
      expect(await database.checks()).toEqual([check])
      const other = database.addCheck('foo', 'price-known', { kind: 'not-null', column: 'c' })
      expect((await refusal(other)).code).toBe('CHECK_EXISTS')
      const wrong: unknown[] = [
        { kind: 'odd' },
        { kind: 'not-null' },
        { kind: 'matches', column: 'c', pattern: '(' },
        { kind: 'rows', min: -1, max: null },
        { kind: 'not-null', column: 'c', more: 1 },
      ]
      for (const rule of wrong)
        expect((await refusal(database.addCheck('foo', 'x', rule as CheckRule))).code).toBe('OPTION_INVALID')
      await database.removeCheck('price-known')
      expect(await database.checks()).toEqual([])
      await bench.save(database, 'foo', bad)
      expect((await refusal(database.removeCheck('price-known'))).code).toBe('CHECK_NOT_FOUND')
      expect(
        (await database.addCheck('foo', 'price-known', { kind: 'not-null', column: 'price' })).failure,
      ).toMatchObject({ total: 1 })
      await refused(bench.save(database, 'foo', bad.replace('1,10', '1,11')), 'price-known')
      await bench.save(database, 'foo', good)
    })

    test('travel with push, clone and pull; a pull that breaks one moves nothing', async () => {
      const remote = bench.remoteUrl()
      await database.addRemote('origin', remote)
      await priceKnown()
      await database.push('origin')
      const url = bench.url()
      await clone(remote, url)
      const other = await bench.open(url)
      expect((await other.checks()).map(({ name }) => name)).toEqual(['price-known'])
      expect((await refusal(bench.save(other, 'foo', bad))).code).toBe('CHECK_FAILED')
      await other.removeCheck('price-known')
      await bench.save(other, 'foo', bad)
      await other.push()
      // The other side's records say that the check is gone: so it is here.
      await database.pull('origin')
      expect(await database.checks()).toEqual([])
      expect(await text()).toBe(bad)
      await bench.save(other, 'foo', bad.replace('1,10', '1,'))
      await other.push()
      await bench.save(database, 'foo', good)
      await priceKnown()
      const error = await refusal(database.pull('origin'))
      expect(error.code).toBe('CHECK_FAILED')
      const { commit } = error.data as { commit: string }
      expect(await text()).toBe(good)
      expect(await text({ at: commit })).toContain('1,,')
    })
  })
}
