import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../../dist/index.js'
import { Bench, refusal, testOf, type EngineUnderTest } from '../bench.ts'

export function saveContract(engine: EngineUnderTest): void {
  describe('save', () => {
    const bench = new Bench(engine)
    let database: Database
    beforeEach(async () => {
      database = await bench.open()
    })
    afterAll(() => bench.end())
    const first = () => bench.save(database, 'foo', 'id,a\n1,x\n2,y\n', { key: 'id' })

    test('tells what it did', async () => {
      const made = await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n', { key: 'id' })
      expect(made).toMatchObject({
        kind: 'save',
        table: 'foo',
        branch: 'main',
        changed: true,
        merged: false,
        rows: 2,
        added: 2,
        modified: 0,
        removed: 0,
      })
      expect(made.toCommit).toBe(await database.resolve('main'))
      expect(made.fileCommit).toBe(made.toCommit)
      expect(made.fromCommit).toBe(await database.resolve('HEAD~1'))
      expect(made.tableHash).toBe((await database.tables())[0]!.hash)
      const next = await bench.save(database, 'foo', 'id,a\n1,X\n3,z\n4,w\n')
      expect(next).toMatchObject({ rows: 3, added: 2, modified: 1, removed: 1, fromCommit: made.toCommit })
      expect(await bench.text(database, 'foo')).toBe('id,a\n1,X\n3,z\n4,w\n')
    })
    test('many tables, in any order of their names', async () => {
      // Fault: a table whose name sorted before that of another could not be saved.
      const names = [
        'm',
        'z',
        'a',
        'M2',
        'b c',
        'é',
        '0',
        'rows',
        'staging',
        'main',
        'result',
        'db',
        'select',
        'temp',
        'old',
      ]
      for (const name of names) await bench.save(database, name, `id,a\n1,${name}\n`, { key: 'id' })
      expect((await database.tables()).map(({ name }) => name).toSorted()).toEqual(names.toSorted())
      for (const name of names) {
        expect(await bench.text(database, name)).toBe(`id,a\n1,${name}\n`)
        expect((await bench.save(database, name, `id,a\n1,2\n`)).modified).toBe(1)
      }
    })
    test('modes: replace, append, upsert', async () => {
      await first()
      const appended = await bench.save(database, 'foo', 'id,a\n3,z\n', { mode: 'append' })
      expect([appended.added, appended.rows]).toEqual([1, 1])
      const upserted = await bench.save(database, 'foo', 'id,a\n2,Y\n4,w\n', { mode: 'upsert' })
      expect([upserted.added, upserted.modified, upserted.removed]).toEqual([1, 1, 0])
      expect(await bench.text(database, 'foo')).toBe('id,a\n1,x\n2,Y\n3,z\n4,w\n')
      await bench.save(database, 'foo', 'id,a\n9,only\n')
      expect(await bench.text(database, 'foo')).toBe('id,a\n9,only\n')
      for (const mode of ['append', 'upsert'] as const) {
        await bench.save(database, mode, 'id,a\n1,x\n', { key: 'id', mode })
        expect(await bench.text(database, mode)).toBe('id,a\n1,x\n')
      }
      expect((await refusal(bench.save(database, 'foo', 'id,a\n1,x\n', { mode: 'merge' as 'append' }))).code).toBe(
        'OPTION_INVALID',
      )
    })
    test('upsert of a table that is all key', async () => {
      await bench.save(database, 'keys', 'a,b\n1,2\n', { key: ['a', 'b'], mode: 'upsert' })
      expect((await bench.save(database, 'keys', 'a,b\n1,2\n1,3\n', { mode: 'upsert' })).added).toBe(1)
    })
    test('the same data makes no commit: the same file, other row order, other quoting, other column order', async () => {
      const made = await first()
      const same = [
        'id,a\n1,x\n2,y\n',
        'id,a\n2,y\n1,x\n',
        '"id","a"\r\n"1","x"\r\n"2","y"',
        'a,id\ny,2\nx,1\n',
        '\ufeffid,a\n1,x\n2,y\n',
      ]
      for (const text of same) {
        const again = await bench.save(database, 'foo', text)
        expect(again).toMatchObject({
          changed: false,
          added: 0,
          modified: 0,
          removed: 0,
          toCommit: made.toCommit,
          fileCommit: made.toCommit,
          tableHash: made.tableHash,
          rows: 2,
        })
      }
      expect((await bench.save(database, 'foo', 'id;a\n1;x\n2;y\n', { text: { delimiter: ';' } })).changed).toBe(false)
      expect((await bench.save(database, 'foo', 'id,a\n1,x\n', { mode: 'upsert' })).changed).toBe(false)
      expect((await database.log({ table: 'foo' })).length).toBe(1)
    })
    test('the same bytes after another save are another change', async () => {
      await first()
      await bench.save(database, 'foo', 'id,a\n1,x\n')
      expect((await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n')).changed).toBe(true)
      expect((await bench.save(database, 'foo', 'id,a\n1,x\n', { mode: 'upsert' })).changed).toBe(false)
      expect((await bench.save(database, 'foo', 'id,a\n1,x\n')).changed).toBe(true)
      // The same bytes, read otherwise.
      expect((await bench.save(database, 'foo', 'id,a\n1,x\n', { text: { nulls: ['x'] } })).changed).toBe(true)
      expect(await bench.text(database, 'foo')).toBe('id,a\n1,\n')
    })
    test('equal tables have equal hashes, on any branch, by any way', async () => {
      const made = await first()
      await bench.save(database, 'foo', 'id,a\n1,x\n', { branch: { new: 'other' } })
      const grown = await bench.save(database, 'foo', 'id,a\n2,y\n', { branch: 'other', mode: 'append' })
      expect(grown.tableHash).toBe(made.tableHash)
      const elsewhere = await bench.open()
      await bench.save(elsewhere, 'other', 'id,a\n9,x\n', { key: 'id' })
      expect((await bench.save(elsewhere, 'foo', 'id,a\n2,y\n1,x\n', { key: 'id' })).tableHash).toBe(made.tableHash)
      expect((await bench.save(database, 'foo', 'id,a\n2,y\n1,z\n')).tableHash).not.toBe(made.tableHash)
    })
    test('EMPTY_SOURCE: no rows, unless allowed', async () => {
      expect((await bench.save(database, 'none', 'id,a\n', { key: 'id' })).rows).toBe(0)
      await first()
      expect((await refusal(bench.save(database, 'foo', 'id,a\n'))).code).toBe('EMPTY_SOURCE')
      expect((await bench.save(database, 'foo', 'id,a\n', { mode: 'append' })).changed).toBe(false)
      expect((await bench.save(database, 'foo', 'id,a\n', { mode: 'upsert' })).changed).toBe(false)
      expect((await bench.save(database, 'foo', 'id,a\n', { allowEmpty: true })).removed).toBe(2)
      expect(await bench.text(database, 'foo')).toBe('id,a\n')
    })
    test('new columns are added, missing ones refused', async () => {
      await first()
      const grown = await bench.save(database, 'foo', 'id,b,a\n1,,x\n2,new,y\n')
      expect(grown).toMatchObject({ added: 0, modified: 1, removed: 0 })
      expect(await bench.text(database, 'foo')).toBe('id,a,b\n1,x,\n2,y,new\n')
      expect(await bench.text(database, 'foo', { at: 'HEAD~1' })).toBe('id,a\n1,x\n2,y\n')
      expect(await refusal(bench.save(database, 'foo', 'id,a\n1,x\n'))).toMatchObject({
        code: 'COLUMN_MISSING',
        data: { missing: ['b'] },
      })
      const column = await bench.save(database, 'foo', 'id,a,b,c\n1,x,,\n2,y,new,\n')
      expect([column.changed, column.modified]).toEqual([true, 0])
      await bench.save(database, 'foo', 'id,a,b,c,d\n3,,,,v\n', { mode: 'append' })
      expect(await bench.text(database, 'foo')).toBe('id,a,b,c,d\n1,x,,,\n2,y,new,,\n3,,,,v\n')
    })
    test('an upsert updates the columns that its source has', async () => {
      await bench.save(database, 'part', 'id,a,n,p\n1,x,7,0.50\n2,NULL,8,1.25\n', { key: 'id' })
      const some = await bench.save(database, 'part', 'n,id,new\n70,1,\n,3,NULL\n8,2,"a\tb"\n', { mode: 'upsert' })
      expect(some).toMatchObject({ added: 1, modified: 2, removed: 0, changed: true })
      expect(some.notices.map(({ code }) => code)).toEqual(['COLUMNS_KEPT', 'SCHEMA_CHANGED'])
      expect(some.notices[0]!.message).toContain('lacks a, p:')
      expect(await bench.text(database, 'part')).toBe('id,a,n,p,new\n1,x,70,0.50,\n2,NULL,8,1.25,a\tb\n3,,,,NULL\n')
      expect((await bench.save(database, 'part', 'id,p\n1,0.50\n', { mode: 'upsert' })).changed).toBe(false)
      expect((await bench.save(database, 'part', 'id\n1\n3\n', { mode: 'upsert' })).changed).toBe(false)
      expect((await bench.save(database, 'part', 'id,a\n4,\n', { mode: 'upsert' })).added).toBe(1)
    })
    test('two upserts of other columns of a row both land', async () => {
      await bench.save(database, 'both', 'id,a,b\n1,x,y\n', { key: 'id' })
      const from = await database.resolve('main')
      const branch = { from, mergeTo: 'main' }
      await bench.save(database, 'both', 'id,a\n1,X\n', { mode: 'upsert', branch })
      await bench.save(database, 'both', 'id,b\n1,Y\n', { mode: 'upsert', branch })
      expect(await bench.text(database, 'both')).toBe('id,a,b\n1,X,Y\n')
    })
    test('a column whose name differs in case only is the same to the engines: refused', async () => {
      await first()
      expect((await refusal(bench.save(database, 'foo', 'id,A\n1,x\n'))).code).toBe('COLUMN_MISSING')
      expect((await refusal(bench.save(database, 'foo', 'id,a,A\n1,x,y\n'))).code).toBe('COLUMN_DUPLICATE')
    })
    test('pinned types', async () => {
      const types = { n: 'integer', r: 'real', t: 'text', d: 'decimal(2)' } as const
      const text = 'id,n,r,t,d\n1,-5,1.5,007,0.50\n'
      await bench.save(database, 'typed', text, { key: 'id', types })
      expect(await bench.text(database, 'typed')).toBe(text)
      expect((await database.schema('typed'))?.columns.map(({ type }) => type)).toEqual([
        'any',
        'integer',
        'real',
        'text',
        'decimal(2)',
      ])
      expect(await refusal(bench.save(database, 'typed', 'id,n,r,t,d\n1,"x",1.5,007,0.50\n'))).toMatchObject({
        code: 'TYPE_MISMATCH',
        data: { line: 2, column: 'n', value: 'x' },
      })
      const whole = 'id,n\n1,7\n2,1.\n3,-10\n4,0\n5,-0\n6,123456789012345\n7,1234567890123456\n'
      await bench.save(database, 'whole', whole, { key: 'id', types: { n: 'decimal(0)' } })
      expect(await bench.text(database, 'whole')).toBe(whole)
      for (const type of ['INTEGER', 'decimal', 'decimal(x)', 'decimal(-1)', 'blob', '', 'toString'])
        expect([
          type,
          (await refusal(bench.save(database, 'bad', 'id,a\n1,2\n', { key: 'id', types: { a: type as 'any' } }))).code,
        ]).toEqual([type, 'OPTION_INVALID'])
      expect(
        (await refusal(bench.save(database, 'bad', 'id,a\n1,2\n', { key: 'id', types: { b: 'text' } }))).code,
      ).toBe('OPTION_INVALID')
    })
    test('prices share their scale, and a cell of another is kept too', async () => {
      await bench.save(database, 'prices', 'id,p\n1,0.50\n2,12.00\n', { key: 'id' })
      expect((await database.schema('prices'))?.columns[1]!.type).toBe('decimal(2)')
      const text = 'id,p\n1,0.50\n2,12.00\n3,1.5\n4,7\n5,-0.00\n6,-3.10\n'
      await bench.save(database, 'prices', text)
      expect(await bench.text(database, 'prices')).toBe(text)
    })
    test('a column that a few cells keep from being numbers is told', async () => {
      const rows = Array.from({ length: 50 }, (_, index) => `${index},${index === 30 ? 'NA' : index}`).join('\n')
      const action = await bench.save(database, 'mixed', `id,n\n${rows}\n`, { key: 'id' })
      expect(action.notices).toMatchObject([{ code: 'COLUMN_MIXED' }])
      expect(action.notices[0]!.message).toMatch(/n has 49 numbers.*"NA" on line 32.*nulls: \["NA"\]/s)
    })
    test('dryRun counts and changes nothing', async () => {
      await first()
      const all = async () => [
        await database.branches({ all: true }),
        await database.actions(),
        await database.tags(),
        await database.remotes(),
      ]
      const before = await all()
      const tried = await bench.save(database, 'foo', 'id,a\n1,X\n3,z\n4,w\n', { dryRun: true, run: 'r' })
      expect(tried).toMatchObject({ changed: true, added: 2, modified: 1, removed: 1, rows: 3 })
      expect(await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n', { dryRun: true })).toMatchObject({
        changed: false,
        added: 0,
      })
      await bench.save(database, 'foo', 'id,a\n1,x\n2,y\n', { dryRun: true, branch: { new: 'never' } })
      await bench.save(database, 'new', 'id,a\n1,x\n2,y\n', { dryRun: true, branch: { new: 'never' }, key: 'id' })
      expect((await refusal(bench.save(database, 'foo', 'id,a\n,x\n', { dryRun: true }))).code).toBe('KEY_NULL')
      expect(await all()).toEqual(before)
    })
    test('dryRun makes no database', async () => {
      const none = await bench.open()
      expect((await refusal(bench.save(none, 'foo', 'id,a\n1,x\n', { key: 'id', dryRun: true }))).code).toBe(
        'DATABASE_NOT_FOUND',
      )
      expect((await refusal(none.log())).code).toBe('DATABASE_NOT_FOUND')
    })
    test('dryRun with a remote leaves it and the branches alone', async () => {
      const remote = bench.remoteUrl()
      const other = await bench.open()
      await bench.save(other, 'foo', 'id,a\n1,x\n', { key: 'id', remote })
      const all = async () => [await database.branches({ all: true }), await database.remotes()]
      await first()
      const before = await all()
      await bench.save(database, 'foo', 'id,a\n1,X\n', { dryRun: true, remote })
      expect(await all()).toEqual(before)
    })
    // Fault: the text filled the buffer of a row, and the number was written to the one before it grew.
    test('a long text before numbers', async () => {
      const csv = `id,t,r,n\n1,${'x'.repeat(200_000)},1.5,9007199254740993\n2,${'y'.repeat(300_000)},2.5,7\n`
      await bench.save(database, 'long', csv, { key: 'id' })
      expect(await bench.text(database, 'long')).toBe(csv)
    })
    test('a message, an author and trailers', async () => {
      const action = await bench.save(database, 'foo', 'id,a\n1,x\n', {
        key: 'id',
        message: 'one\n\ntwo: three',
        author: 'Ann B <ann@example.com>',
        run: 'run\u2028 %0A\n7',
        step: 'é',
        data: { n: 1, t: 'line\u2028\nend' },
      })
      const { commit } = await database.show(action.toCommit!)
      expect(commit).toMatchObject({ message: 'one\n\ntwo: three', author: 'Ann B <ann@example.com>' })
      expect(commit.trailers).toMatchObject({
        'Doltflow-Action': action.id,
        'Doltflow-Run': 'run\u2028 %0A\n7',
        'Doltflow-Step': 'é',
      })
      for (const author of ['', 'Ann', '<a@b>', 'Ann <>', 'A <a> <b>', 'A\n <a@b>'])
        expect((await refusal(bench.save(database, 'foo', 'id,a\n1,x\n', { author }))).code).toBe('OPTION_INVALID')
    })
    test('a message that ends like trailers stays a message', async () => {
      const message = 'text\n\nDoltflow-Run: forged'
      const action = await bench.save(database, 'foo', 'id,a\n1,x\n', { key: 'id', message })
      const { commit } = await database.show(action.toCommit!)
      expect(commit.message).toBe(message)
      expect(commit.trailers['Doltflow-Run']).toBeUndefined()
    })
    testOf(engine, 'otherPrograms')('commits only its own table, and not over what another program left', async () => {
      const url = bench.url()
      const dirty = await bench.open(url)
      await bench.save(dirty, 'foo', 'id,a\n1,x\n', { key: 'id' })
      await bench.save(dirty, 'bar', 'id,a\n1,x\n', { key: 'id' })
      engine.leave(url, 'main', `UPDATE bar SET a = 'dirt'`)
      const head = await dirty.resolve('main')
      const error = await refusal(bench.save(dirty, 'foo', 'id,a\n1,new\n'))
      expect(error).toMatchObject({ code: 'BRANCH_DIRTY', data: { tables: ['bar'] } })
      expect(await dirty.resolve('main')).toBe(head)
      expect(await bench.save(dirty, 'foo', 'id,a\n1,new\n', { branch: { new: 'clean' } })).toMatchObject({
        changed: true,
      })
      expect(await bench.text(dirty, 'bar', { branch: 'clean' })).toBe('id,a\n1,x\n')
      expect((await dirty.status()).dirty).toEqual([{ branch: 'main', tables: ['bar'] }])
    })
  })
}
