import { readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Writable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Action, Database } from '../../../dist/index.js'
import { Bench, collect, refusal, rowsOf, testOf, type EngineUnderTest } from '../bench.ts'

export function loadContract(engine: EngineUnderTest): void {
  describe('load', () => {
    const bench = new Bench(engine)
    const queryTest = testOf(engine, 'queries')
    const texts = ['id,a\n1,x\n', 'id,a\n1,x\n2,y\n', 'id,a,b\n1,x,\n2,y,late\n']
    const saves: Action[] = []
    let database: Database
    beforeAll(async () => {
      database = await bench.open()
      for (const [index, text] of texts.entries()) {
        saves.push(await bench.save(database, 'foo', text, { key: 'id', run: `run-${index}` }))
        if (index === 0) await database.createTag('first')
        // Dates are told apart by the second.
        if (index < 2) await setTimeout(1100)
      }
      await database.createBranch('old', 'HEAD~2')
    })
    afterAll(() => bench.end())

    const at = (ref: string, options = {}) => bench.text(database, 'foo', { at: ref, ...options })
    const dateOf = async (hash: string) => (await database.show(hash)).commit.date

    test('without a ref: the head of the default branch', async () => {
      expect(await bench.text(database, 'foo')).toBe(texts[2])
      expect(await bench.text(database, 'foo', { branch: 'old' })).toBe(texts[0])
      const other = await bench.open(database.location, { branch: 'old' })
      expect(await bench.text(other, 'foo')).toBe(texts[0])
      expect(await bench.text(other, 'foo', { at: 'HEAD' })).toBe(texts[0])
      expect(await bench.text(other, 'foo', { branch: 'main' })).toBe(texts[2])
    })
    test('at a branch, a tag, HEAD, ~n', async () => {
      expect(await at('main')).toBe(texts[2])
      expect(await at('old')).toBe(texts[0])
      expect(await at('first')).toBe(texts[0])
      expect(await at('HEAD')).toBe(texts[2])
      expect(await at('HEAD~')).toBe(texts[1])
      expect(await at('HEAD~0')).toBe(texts[2])
      expect(await at('main~2')).toBe(texts[0])
      expect(await at('HEAD', { branch: 'old' })).toBe(texts[0])
    })
    test('at a hash and at its unique beginning', async () => {
      for (const [index, { toCommit }] of saves.entries()) {
        expect(await at(toCommit!)).toBe(texts[index])
        expect(await at(toCommit!.slice(0, 12))).toBe(texts[index])
        if (index > 0) expect(await at(`${toCommit!.slice(0, 12)}~1`)).toBe(texts[index - 1])
      }
    })
    test('at a date: the last commit at or before it, in UTC', async () => {
      const dates = await Promise.all(saves.map(({ toCommit }) => dateOf(toCommit!)))
      for (const [index, date] of dates.entries()) {
        expect(await at(date)).toBe(texts[index])
        expect(await at(date.replace('T', ' ').replace('Z', ''))).toBe(texts[index])
        expect(await at(date.replace('Z', '+00:00'))).toBe(texts[index])
      }
      expect(await at(`${dates[1]!}~1`)).toBe(texts[0])
      expect(await at(dates[2]!.slice(0, 10))).toBe(texts[2])
      expect((await refusal(at('2001-01-01'))).code).toBe('REF_NOT_FOUND')
    })
    test('at a run: what it saved of the table, else what it read', async () => {
      for (const [index, text] of texts.entries()) expect(await at(`run:run-${index}`)).toBe(text)
      await database.load('foo', bench.path(), { at: 'first', run: 'reader' })
      expect(await at('run:reader')).toBe(texts[0])
      expect(await at('run:run-2~1')).toBe(texts[1])
      expect((await refusal(at('run:nobody'))).code).toBe('RUN_NOT_FOUND')
    })
    test('a ref that names nothing is an error that names it', async () => {
      for (const ref of ['nothing', 'HEAD~9', 'main~x', 'f'.repeat(40), 'zzzz', '2024-13-01', ''])
        expect([ref, (await refusal(at(ref))).code, (await refusal(at(ref))).data['ref']]).toEqual([
          ref,
          'REF_NOT_FOUND',
          ref,
        ])
      expect(await refusal(bench.text(database, 'nothing'))).toMatchObject({
        code: 'TABLE_NOT_FOUND',
        data: { table: 'nothing' },
      })
      expect(await refusal(bench.text(database, 'foo', { branch: 'nobranch' }))).toMatchObject({
        code: 'BRANCH_NOT_FOUND',
      })
    })
    test('the schema is that of the ref', async () => {
      expect((await database.schema('foo', { at: 'first' }))?.columns.map(({ name }) => name)).toEqual(['id', 'a'])
      expect((await database.schema('foo'))?.columns.map(({ name }) => name)).toEqual(['id', 'a', 'b'])
      expect((await collect(database.rows('foo', { at: 'HEAD~1', as: 'batches' })))[0]!.columns).toEqual(['id', 'a'])
      expect(await bench.text(database, 'foo', { at: 'first' })).toBe(texts[0])
    })
    test('a cell has quotes only if it must have them', async () => {
      // Fault: one engine put them around each cell with a backslash or a tab.
      const text = 'id,a\n1,C:\\x\n2,a\tb\n3,"x,y"\n4,"q ""r"" \\"\n5,"l\nm"\n6,"r\rs"\n7,\u0001\n8,""\n9,\n'
      await bench.save(database, 'quotes', text, { key: 'id' })
      expect(await bench.text(database, 'quotes')).toBe(text)
      const tabs = text
        .replaceAll('"x,y"', 'x,y')
        .replaceAll(/(?<=\d),/g, '\t')
        .replace('id,a', 'id\ta')
      const tsv = await bench.text(database, 'quotes', { format: 'tsv' })
      expect(tsv).toBe(tabs.replace('a\tb', '"a\tb"'))
      await database.drop('quotes')
    })
    // Fault: behind a delimiter, what JSON escapes came out with its backslash.
    test('a cell with a comma before a quote, a backslash or a line end is as it was', async () => {
      const odd = 'id,a\n"k,""1",p\n"k,\\2","p,\tq"\n"k3","1,\n2\\n"\n'
      await bench.save(database, 'odd', odd, { key: 'id' })
      expect(await bench.text(database, 'odd')).toBe(odd.replace('"k3"', 'k3'))
      const quoted = await bench.text(database, 'odd', { text: { delimiter: ';', quote: "'" } })
      expect(quoted).toContain(`k,"1;p\n`)
    })
    test('the action tells what was read', async () => {
      const path = bench.path()
      const action = await database.load('foo', path, { at: 'first', data: { mine: true }, step: 's' })
      expect(action).toMatchObject({
        kind: 'load',
        table: 'foo',
        sql: null,
        file: path,
        fromCommit: saves[0]!.toCommit,
        changed: true,
        rows: 1,
        tableHash: saves[0]!.tableHash,
        run: null,
        step: 's',
        data: { mine: true },
      })
    })
    test('makes no commit, moves no branch', async () => {
      const before = [await database.log(), await database.branches()]
      await at('first')
      await database.load('foo', bench.path(), { run: 'recorded' })
      expect([await database.log(), await database.branches()]).toEqual(before)
    })
    queryTest('a query makes no commit and moves no branch either', async () => {
      const before = [await database.log(), await database.branches()]
      await collect(database.rows({ sql: 'SELECT * FROM foo' }))
      expect([await database.log(), await database.branches()]).toEqual(before)
    })
    testOf(engine, 'otherPrograms')('reads commits, never what another program left uncommitted', async () => {
      const url = bench.url()
      const dirty = await bench.open(url)
      await bench.save(dirty, 'foo', 'id,a\n1,x\n', { key: 'id' })
      engine.leave(url, 'main', `UPDATE foo SET a = 'dirt'`)
      expect(await bench.text(dirty, 'foo')).toBe('id,a\n1,x\n')
      expect(await rowsOf(dirty.rows('foo'))).toEqual([[1, 'x']])
      expect(await rowsOf(dirty.rows({ sql: 'SELECT a FROM foo' }))).toEqual([['x']])
      expect((await dirty.status()).dirty).toEqual([{ branch: 'main', tables: ['foo'] }])
    })
    test('a file is replaced in one step, and nothing else is left beside it', async () => {
      const path = bench.file('old')
      const inode = statSync(path).ino
      await database.load('foo', path)
      expect(readFileSync(path, 'utf8')).toBe(texts[2])
      expect(statSync(path).ino).not.toBe(inode)
      await refusal(database.load({ sql: 'SELECT nothing FROM foo' }, path))
      expect(readFileSync(path, 'utf8')).toBe(texts[2])
      expect(readdirSync(dirname(path)).filter((name) => name.includes('doltflow'))).toEqual([])
    })
    test('ifChanged leaves a file with these bytes alone, its time too', async () => {
      const path = bench.path()
      await database.load('foo', path)
      utimesSync(path, 1000, 1000)
      expect((await database.load('foo', path, { ifChanged: true })).changed).toBe(false)
      expect(statSync(path).mtimeMs).toBe(1_000_000)
      writeFileSync(path, texts[2]!.replace('late', 'LATE'))
      expect((await database.load('foo', path, { ifChanged: true })).changed).toBe(true)
      expect(readFileSync(path, 'utf8')).toBe(texts[2])
      utimesSync(path, 1000, 1000)
      expect((await database.load('foo', path)).changed).toBe(true)
      expect(statSync(path).mtimeMs).toBeGreaterThan(1_000_000)
    })
    test('to a stream, with back-pressure; its failure is the load’s', async () => {
      let text = ''
      const slow = new Writable({
        highWaterMark: 1,
        write: (chunk, _, done) => ((text += String(chunk)), void setImmediate(done)),
      })
      await database.load('foo', slow)
      expect(text).toBe(texts[2])
      const broken = new Writable({
        highWaterMark: 1,
        write: (_chunk, _, done) => void setImmediate(() => done(new Error('no more'))),
      })
      await expect(database.load('foo', broken)).rejects.toThrow('no more')
      await expect(database.load('foo', {} as Writable)).rejects.toMatchObject({ code: 'USAGE' })
    })
    queryTest('a query whose columns are declared', async () => {
      const sql = 'SELECT id, a FROM foo ORDER BY id'
      const typed = bench.path('typed.arrow')
      await database.load({ sql }, typed, { types: { id: 'real', a: 'text' } })
      await database.save('typed', typed, { key: 'a' })
      expect((await database.schema('typed'))!.columns).toEqual([
        { name: 'id', type: 'real' },
        { name: 'a', type: 'text' },
      ])
      const error = await refusal(database.load('foo', typed, { types: { id: 'real' } }))
      expect(error).toMatchObject({ code: 'OPTION_INVALID', data: { option: 'types' } })
      await database.drop('typed')
    })
    queryTest('a query, at a ref, that can only read', async () => {
      const path = bench.path()
      const action = await database.load({ sql: 'SELECT count(*) AS n FROM foo' }, path, { at: 'first' })
      expect(readFileSync(path, 'utf8')).toBe('n\n1\n')
      expect(action).toMatchObject({ table: null, sql: 'SELECT count(*) AS n FROM foo', rows: 1, tableHash: null })
      for (const sql of [
        'DELETE FROM foo',
        'SELECT * FROM nothing',
        'SELECT 1; DELETE FROM foo',
        'DROP TABLE foo',
        'SELEC',
        '',
      ])
        expect([sql, (await refusal(collect(database.rows({ sql })))).code]).toEqual([sql, 'SQL_FAILED'])
      expect(await bench.text(database, 'foo')).toBe(texts[2])
    })
    test('rows in batches, in key order, integers of 64 bits', async () => {
      const count = 12_345
      const big = 2n ** 60n
      const rows = (function* () {
        for (let index = count - 1; index >= 0; index--)
          yield { id: big + BigInt(index), small: index, text: index % 2 ? null : '' }
      })()
      await database.save('big', { rows }, { key: 'id', branch: { new: 'big' } })
      const batches = await collect(database.rows('big', { branch: 'big', as: 'batches' }))
      expect(Math.max(...batches.map((batch) => batch.rows.length))).toBeLessThanOrEqual(5000)
      expect(batches[0]!.columns).toEqual(['id', 'small', 'text'])
      const all = batches.flatMap((batch) => batch.rows)
      expect(all).toHaveLength(count)
      all.forEach((row, index) => expect(row).toEqual([big + BigInt(index), index, index % 2 ? null : '']))
    })
    test('rows left half way give their connection back', async () => {
      for (let turn = 0; turn < 5; turn++)
        for await (const batch of database.rows('foo', { as: 'batches' })) if (batch.rows.length > 0) break
      expect(await at('HEAD')).toBe(texts[2])
    })
    test('an open page outlives a save meanwhile', async () => {
      const other = await bench.open()
      const lines = Array.from({ length: 6000 }, (_, index) => `${index},x`).join('\n')
      await bench.save(other, 'foo', `id,a\n${lines}\n`, { key: 'id' })
      const seen: unknown[][] = []
      for await (const batch of other.rows('foo', { as: 'batches' })) {
        if (seen.length === 0) await bench.save(other, 'foo', `id,a\n1,other\n`)
        seen.push(...batch.rows)
      }
      expect(seen).toHaveLength(6000)
      expect(seen.every(([, text]) => text === 'x')).toBe(true)
    })
    test('formats and dialects by option and by extension', async () => {
      const path = bench.path('tsv')
      await database.load('foo', path)
      expect(readFileSync(path, 'utf8')).toBe(texts[2]!.replaceAll(',', '\t'))
      expect(await at('HEAD', { text: { null: 'NULL', delimiter: ';', header: false } })).toBe('1;x;NULL\n2;y;late\n')
      for (const format of ['nothing', 'constructor', 'toString'])
        expect((await refusal(at('HEAD', { format }))).code).toBe('FORMAT_UNKNOWN')
      expect((await refusal(at('HEAD', { text: { delimiter: ';;' } }))).code).toBe('OPTION_INVALID')
    })
    test('a first cell that begins with a byte order mark is quoted, so that it is read back', async () => {
      await bench.save(database, 'marks', 'k,v\n"\uFEFF",1\n"\uFEFFa",\uFEFF\n', { key: 'k' })
      expect(await bench.text(database, 'marks', { text: { header: false } })).toBe('"\uFEFF",1\n"\uFEFFa","\uFEFF"\n')
    })
    test('a database that is not there', async () => {
      const none = await bench.open()
      expect((await refusal(bench.text(none, 'foo'))).code).toBe('DATABASE_NOT_FOUND')
      expect((await refusal(none.rows('foo'))).code).toBe('DATABASE_NOT_FOUND')
    })
  })
}
