import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Action, Database, SaveAllOptions } from '../../../dist/index.js'
import { Bench, refusal, type EngineUnderTest } from '../bench.ts'

export function severalContract(engine: EngineUnderTest): void {
  describe('several tables in one commit', () => {
    const bench = new Bench(engine)
    const orders = 'id,total\n1,0.50\n2,1.00\n'
    const lines = 'order,line,what\n1,1,x\n1,2,y\n2,1,z\n'
    const keys = { tables: { orders: { key: 'id' }, lines: { key: ['order', 'line'] } } }
    let database: Database
    beforeEach(async () => {
      database = await bench.open()
      await database.init()
    })
    afterAll(() => bench.end())
    const save = (texts: Record<string, string>, options: SaveAllOptions = {}) =>
      database.saveAll(
        Object.fromEntries(Object.entries(texts).map(([table, text]) => [table, bench.file(text)])),
        options,
      )
    const both = (options: SaveAllOptions = {}) => save({ orders, lines }, { ...keys, ...options })
    const text = (table: string, options = {}) => bench.text(database, table, options)
    const brief = (actions: Action[]) =>
      actions.map(({ table, changed, added, modified, removed }) => [table, changed, added, modified, removed])

    test('one commit, an action for each table; nothing changed makes none', async () => {
      const before = (await database.log()).length
      const actions = await both({ run: 'r1', step: 's' })
      expect(brief(actions)).toEqual([
        ['orders', true, 2, 0, 0],
        ['lines', true, 3, 0, 0],
      ])
      expect((await database.log()).length).toBe(before + 1)
      const { commit, tables } = await database.show('HEAD')
      expect(commit.message).toBe('save orders, lines')
      expect(tables.map(({ table }) => table)).toEqual(['lines', 'orders'])
      for (const { toCommit, fileCommit } of actions) expect([toCommit, fileCommit]).toEqual([commit.hash, commit.hash])
      expect([await text('orders'), await text('lines')]).toEqual([orders, lines])
      // The very files, then the same data in another order.
      for (const again of [await both(), await save({ orders: 'id,total\n2,1.00\n1,0.50\n', lines })])
        expect(again.map(({ changed, toCommit }) => [changed, toCommit])).toEqual([
          [false, commit.hash],
          [false, commit.hash],
        ])
      expect((await database.log()).length).toBe(before + 1)
    })
    test('traceable both ways: each table’s actions and run', async () => {
      const first = await both({ run: 'r1' })
      await save({ orders: 'id,total\n1,0.60\n2,1.00\n', lines }, { run: 'r2' })
      await bench.save(database, 'orders', 'id,total\n1,0.70\n', { run: 'r3' })
      for (const [index, table] of ['orders', 'lines'].entries()) {
        const found = await database.actions({ table, run: 'r1' })
        expect(found).toEqual([{ ...first[index], handle: null }])
        expect(await text(table, { at: 'run:r1' })).toBe([orders, lines][index])
      }
      expect(await text('lines', { at: 'run:r2' })).toBe(lines)
      expect(await text('orders', { at: 'run:r2' })).toBe('id,total\n1,0.60\n2,1.00\n')
      expect((await database.actions({ commit: 'run:r1' })).map(({ table }) => table).toSorted()).toEqual([
        'lines',
        'orders',
      ])
      expect((await database.blame('lines'))[0]!.commit.trailers).toMatchObject({ 'Doltflow-Run': 'r1' })
    })
    test('one unchanged, one changed: each says what it is', async () => {
      await both()
      const changed = 'id,total\n1,0.50\n2,9.00\n'
      for (const options of [{}, { id: 'mine' }]) {
        const text2 = options.id ? changed.replace('9', '8') : changed
        const actions = await save({ lines, orders: text2 }, options)
        expect(brief(actions)).toEqual([
          ['lines', false, 0, 0, 0],
          ['orders', true, 0, 1, 0],
        ])
        const head = await database.resolve('HEAD')
        expect(actions.map(({ toCommit, fileCommit }) => [toCommit, fileCommit])).toEqual([
          [head, head],
          [head, head],
        ])
        expect((await database.actions({ commit: 'HEAD' })).map(({ table }) => table)).toEqual(['orders'])
      }
      // The order of rows alone: staged, and found to be the same.
      const reordered = await save({ lines: 'order,line,what\n2,1,z\n1,2,y\n1,1,x\n', orders })
      expect(brief(reordered)).toEqual([
        ['lines', false, 0, 0, 0],
        ['orders', true, 0, 1, 0],
      ])
    })
    test('all or nothing: what one refuses, none does', async () => {
      const head = await database.resolve('main')
      const error = await refusal(save({ orders, lines: 'order,line,what\n1,1,x\n1,1,y\n' }, keys))
      expect(error).toMatchObject({ code: 'KEY_DUPLICATE', data: { line: 3 } })
      expect((await refusal(save({ orders, lines: 'order\n"' }, keys))).code).toBe('CSV_QUOTE')
      expect((await refusal(database.saveAll({ orders: bench.file(orders), lines: '/no/file.csv' }, keys))).code).toBe(
        'FILE_NOT_FOUND',
      )
      expect((await refusal(save({ orders, dolt_x: lines }, {}))).code).toBe('NAME_RESERVED')
      expect((await refusal(database.saveAll({}))).code).toBe('USAGE')
      expect((await refusal(save({ orders }, { tables: { other: { key: 'id' } } }))).code).toBe('OPTION_INVALID')
      expect(await database.resolve('main')).toBe(head)
      expect(await database.tables()).toEqual([])
      expect(await database.actions()).toEqual([])
      expect((await database.branches({ all: true })).filter(({ name }) => name.includes('scratch'))).toEqual([])
    })
    test('merges: rows of both tables, conflicts of both kept on one branch', async () => {
      const base = (await both())[0]!.toCommit!
      await save({ orders: `${orders}3,3.00\n`, lines })
      const merged = await save({ orders, lines: `${lines}2,2,new\n` }, { branch: { from: base, mergeTo: 'main' } })
      expect(merged.map(({ merged: flag, changed }) => [flag, changed])).toEqual([
        [true, false],
        [true, true],
      ])
      expect(await text('orders')).toBe(`${orders}3,3.00\n`)
      expect(await text('lines')).toBe(`${lines}2,2,new\n`)
      const one = { orders: 'id,total\n1,0.51\n2,1.00\n', lines: lines.replace('z', 'zz') }
      const error = await refusal(
        save(one, { branch: { from: base, mergeTo: 'main' } }).then(() =>
          save(
            { orders: 'id,total\n1,0.52\n2,1.00\n', lines: lines.replace('z', 'zzz') },
            { branch: { from: base, mergeTo: 'main' } },
          ),
        ),
      )
      expect(error).toMatchObject({ code: 'CONFLICT', data: { total: 2 } })
      expect([...(error.data['tables'] as string[])].toSorted()).toEqual(['lines', 'orders'])
      await database.merge(error.data['branch'] as string, { onConflict: 'theirs' })
      expect(await text('orders')).toContain('1,0.52')
      expect(await text('lines')).toContain('2,1,zzz')
    })
    test('first saves of the same and of other tables, side by side, all land', async () => {
      const base = await database.resolve('HEAD')
      await both()
      await save(
        { orders: 'total,id\n5.00,5\n', extra: 'a\n1\n' },
        { key: 'a', tables: { orders: { key: 'id' } }, branch: { from: base, mergeTo: 'main' } },
      )
      await Promise.all([
        save({ other: 'a\n1\n', more: 'a\n2\n' }, { key: 'a' }),
        save({ most: 'a\n1\n' }, { key: 'a' }),
      ])
      expect((await database.tables()).map(({ name, rows }) => [name, rows])).toEqual([
        ['extra', 1],
        ['lines', 3],
        ['more', 1],
        ['most', 1],
        ['orders', 3],
        ['other', 1],
      ])
    })
    test('a caller’s own id: a repeat does nothing and gives the first actions', async () => {
      const first = await both({ id: 'task-7' })
      expect(first.map(({ id }) => id)).toEqual(['task-7', 'task-7/lines'])
      const empty = { orders: 'id,total\n', lines: 'order,line,what\n' }
      for (const again of [
        await both({ id: 'task-7' }),
        await save(empty, { id: 'task-7', onRepeat: 'first', allowEmpty: true }),
      ])
        expect(again.map(({ id, repeated, toCommit }) => ({ id, repeated, toCommit }))).toEqual(
          first.map(({ id, toCommit }) => ({ id, repeated: true, toCommit })),
        )
      expect((await refusal(save(empty, { id: 'task-7', allowEmpty: true }))).code).toBe('ID_TAKEN')
      const many = await Promise.all([1, 2, 3].map(() => both({ id: 'task-8', branch: { new: 'side' } })))
      for (const one of many)
        expect(one.map(({ id, toCommit }) => [id, toCommit])).toEqual(
          many[0]!.map(({ id, toCommit }) => [id, toCommit]),
        )
      expect(many.flat().filter(({ repeated }) => !repeated)).toHaveLength(2)
    })
    test('a dry run, sinks, and options of each table', async () => {
      const seen: (string | null)[] = []
      const dry = await both({ dryRun: true })
      expect(brief(dry)).toEqual([
        ['orders', true, 2, 0, 0],
        ['lines', true, 3, 0, 0],
      ])
      expect(await database.tables()).toEqual([])
      await both({ meta: (action) => void seen.push(action.table) })
      expect(seen.toSorted()).toEqual(['lines', 'orders'])
      const actions = await save(
        { orders: 'id,total,note\n3,3.00,n\n', lines: 'order,line,what\n9,9,w\n' },
        { tables: { orders: { mode: 'append' }, lines: { mode: 'upsert' } } },
      )
      expect(brief(actions)).toEqual([
        ['orders', true, 1, 0, 0],
        ['lines', true, 1, 0, 0],
      ])
      expect((await database.show('HEAD')).commit.message).toBe(
        'append orders, lines (orders: column note (any) is new)',
      )
    })
    test('loads every table of one commit into a folder, a file each', async () => {
      await both()
      await bench.save(database, 'odd/../%name', 'a\n1\n', { key: 'a' })
      const at = await database.resolve('HEAD')
      await save({ orders: 'id,total\n1,7.00\n' })
      const folder = join(mkdtempSync(join(bench.folder, 'all-')), 'new')
      const actions = await database.loadAll(folder, { at, run: 'reader' })
      expect(actions.map(({ table, fromCommit, rows }) => [table, fromCommit, rows])).toEqual([
        ['lines', at, 3],
        ['odd/../%name', at, 1],
        ['orders', at, 2],
      ])
      expect(readdirSync(folder).toSorted()).toEqual(['lines.csv', 'odd%2F..%2F%25name.csv', 'orders.csv'])
      expect(readFileSync(join(folder, 'orders.csv'), 'utf8')).toBe(orders)
      expect((await database.actions({ run: 'reader', table: 'lines' })).map(({ file }) => file)).toEqual([
        join(folder, 'lines.csv'),
      ])
      expect((await database.loadAll(folder, { at, ifChanged: true })).map(({ changed }) => changed)).toEqual([
        false,
        false,
        false,
      ])
      await database.loadAll(folder, { format: 'jsonl' })
      expect(readFileSync(join(folder, 'orders.jsonl'), 'utf8')).toBe('{"id":1,"total":7.00}\n')
      expect((await refusal(database.loadAll(folder, { at: 'nothing' }))).code).toBe('REF_NOT_FOUND')
    })
    test('a load of all that fails leaves every file as it was', async () => {
      await both()
      const folder = mkdtempSync(join(bench.folder, 'all-'))
      writeFileSync(join(folder, 'lines.csv'), 'old')
      mkdirSync(join(folder, 'orders.csv'))
      await expect(database.loadAll(folder)).rejects.toMatchObject({ code: 'IO_FAILED' })
      expect(readFileSync(join(folder, 'lines.csv'), 'utf8')).toBe('old')
      expect(readdirSync(folder).toSorted()).toEqual(['lines.csv', 'orders.csv'])
    })
  })
}
