import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { open, type Database } from '../../../dist/index.js'
import { Bench, refusal, type EngineUnderTest } from '../bench.ts'

export function nameContract(engine: EngineUnderTest): void {
  describe('names', () => {
    const bench = new Bench(engine)
    const text = 'id,a\n1,x\n'
    let database: Database
    beforeAll(async () => {
      database = await bench.open()
      await bench.save(database, 'foo', text, { key: 'id' })
    })
    afterAll(() => bench.end())
    const tableCode = async (name: string) => (await refusal(bench.save(database, name, text, { key: 'id' }))).code

    test('reserved tables', async () => {
      for (const name of [
        'dolt',
        'dolt_log',
        'DOLT_x',
        'Doltish',
        '_doltflow',
        '_doltflow_actions',
        '_DoltFlow_x',
        'sqlite_x',
        'SQLITE_schema',
      ])
        expect([name, await tableCode(name)]).toEqual([name, 'NAME_RESERVED'])
      for (const verb of [() => database.drop('_doltflow_actions'), () => database.restore('dolt_log', 'HEAD')])
        expect((await refusal(verb())).code).toBe('NAME_RESERVED')
    })
    test('refused tables', async () => {
      for (const name of ['', '.', ' a', 'a ', 'a\nb', 'a\0', 'x'.repeat(65), '\ud800'])
        expect([name, await tableCode(name)]).toEqual([name, 'NAME_REFUSED'])
      expect((await refusal(bench.save(database, 7 as unknown as string, text, { key: 'id' }))).code).toBe(
        'NAME_REFUSED',
      )
    })
    test('two tables whose names differ in case only: refused', async () => {
      const error = await refusal(bench.save(database, 'FOO', text, { key: 'id' }))
      expect(error).toMatchObject({ code: 'NAME_REFUSED', data: { name: 'FOO', table: 'foo' } })
      expect((await refusal(bench.text(database, 'FOO'))).code).toBe('TABLE_NOT_FOUND')
      expect(await database.schema('FOO')).toBeUndefined()
    })
    test('odd tables are saved, loaded, diffed, blamed, merged, dropped and restored', async () => {
      const names = [
        'pragma_table_info',
        'json_each',
        'concat',
        'x'.repeat(64),
        '"',
        "it's",
        'a.b',
        '-A',
        '--all',
        'a;b',
        '%s',
        '?',
        '$1',
        '中',
        '😀',
        '[a]',
        '`',
        'order',
        'rowid',
        'temp',
        'main.foo',
        'constructor',
        '__proto__',
        'toString',
        'remotes/x',
        'a/b',
        '\u202e',
        'HEAD',
        'null',
      ]
      for (const name of names) {
        if (engine.refuses('table', name)) {
          expect([name, await tableCode(name)]).toEqual([name, 'NAME_REFUSED'])
          continue
        }
        const first = await bench.save(database, name, 'id,a\n1,x\n2,y\n', { key: 'id' })
        await bench.save(database, name, 'id,a\n1,X\n2,y\n')
        const merged = await bench.save(database, name, 'id,a\n1,x\n2,Y\n', {
          branch: { from: first.toCommit!, mergeTo: 'main' },
        })
        expect([name, merged.merged, await bench.text(database, name)]).toEqual([name, true, 'id,a\n1,X\n2,Y\n'])
        const conflict = await refusal(
          bench.save(database, name, 'id,a\n1,Q\n2,y\n', { branch: { from: first.toCommit!, mergeTo: 'main' } }),
        )
        expect([name, conflict.data['tables']]).toEqual([name, [name]])
        await database.merge(conflict.data['branch'] as string, { onConflict: 'theirs' })
        expect(await database.blame(name)).toHaveLength(2)
        expect(await database.diffCounts(name, first.toCommit!, 'HEAD')).toMatchObject({ modified: 2 })
        expect((await database.log({ table: name })).length).toBeGreaterThan(3)
        await database.drop(name)
        await database.restore(name, 'HEAD~1')
        expect(await bench.text(database, name)).toBe('id,a\n1,Q\n2,Y\n')
        expect((await bench.save(database, name, 'id,a\n1,Q\n2,Y\n')).changed).toBe(false)
      }
      expect((await database.tables()).map(({ name }) => name).toSorted()).toEqual(
        ['foo', ...names.filter((name) => !engine.refuses('table', name))].toSorted(),
      )
      expect(await database.actions({ table: '__proto__' })).toHaveLength(6)
    })
    test('odd columns', async () => {
      const all = [
        'constructor',
        '__proto__',
        'toString',
        'rowid',
        'oid',
        '_rowid_',
        '"',
        "'",
        'a,b',
        'a b',
        ' ',
        '\t',
        '\n',
        '😀',
        'é',
        'c0',
        'c1',
        'rows',
        'select',
        '%s',
        '?1',
        'excluded',
        'x'.repeat(300),
        '\u001f',
        '\u001e',
        'null',
        'commit',
        'diff_type',
        'to_a',
        'from_a',
      ]
      for (const name of all.filter((one) => engine.refuses('column', one))) {
        const refused = bench.save(database, 'columns', `id,"${name}"\n1,x\n`, { key: 'id' })
        expect([name, (await refusal(refused)).code]).toEqual([name, 'NAME_REFUSED'])
      }
      const names = all.filter((name) => !engine.refuses('column', name))
      const header = ['id', ...names].map((name) => `"${name.replaceAll('"', '""')}"`).join(',')
      const row = (id: string, cell: string) => [id, ...names.map((_, index) => `${cell}${index}`)].join(',')
      await bench.save(database, 'columns', `${header}\n${row('1', 'a')}\n`, { key: 'id' })
      await bench.save(database, 'columns', `${header}\n${row('1', 'b')}\n${row('2', 'c')}\n`, { mode: 'upsert' })
      expect((await database.schema('columns'))?.columns.map(({ name }) => name)).toEqual(['id', ...names])
      const batches = []
      for await (const batch of database.rows('columns', { as: 'batches' })) batches.push(batch)
      expect(batches).toEqual([
        {
          columns: ['id', ...names],
          rows: [1, 2].map((id) => [id, ...names.map((_, index) => `${id === 1 ? 'b' : 'c'}${index}`)]),
        },
      ])
      const diffs = []
      for await (const diff of database.diff('columns')) diffs.push(diff)
      expect(diffs.map(({ kind, after }) => [kind, Object.keys(after!)])).toEqual([
        ['modified', ['id', ...names]],
        ['added', ['id', ...names]],
      ])
      for (const key of names) {
        await bench.save(database, 'keyed', `${header}\n${row('1', 'a')}\n`, { key, branch: { new: 'keyed' } })
        await bench.save(database, 'keyed', `${header}\n${row('1', 'a')}\n${row('2', 'b')}\n`, { branch: 'keyed' })
        expect(
          (
            await refusal(
              bench.save(database, 'keyed', `${header}\n${row('1', 'a')}\n${row('2', 'a')}\n`, { branch: 'keyed' }),
            )
          ).code,
        ).toBe('KEY_DUPLICATE')
        expect([key, (await database.diffCounts('keyed', 'keyed~1', 'keyed'))?.added]).toEqual([key, 1])
        await database.drop('keyed', { branch: 'keyed' })
      }
    })
    test('reserved and refused branches and tags', async () => {
      for (const name of ['doltflow', 'doltflow/x', 'doltflow/scratch/a']) {
        expect((await refusal(database.createBranch(name))).code).toBe('NAME_RESERVED')
        expect((await refusal(database.createTag(name))).code).toBe('NAME_RESERVED')
        expect((await refusal(database.deleteBranch(name))).code).toBe('NAME_RESERVED')
        expect((await refusal(bench.save(database, 'foo', text, { branch: name }))).code).toBe('NAME_RESERVED')
        expect((await refusal(bench.save(database, 'foo', text, { branch: { new: name } }))).code).toBe('NAME_RESERVED')
        expect((await refusal(bench.save(database, 'foo', text, { branch: { mergeTo: name } }))).code).toBe(
          'NAME_RESERVED',
        )
        expect((await refusal(database.merge(name))).code).toBe('NAME_RESERVED')
        expect((await refusal(database.merge('main', { into: name }))).code).toBe('NAME_RESERVED')
        expect((await refusal(open(database.location, { branch: name }))).code).toBe('NAME_RESERVED')
      }
      for (const name of [
        '',
        '-x',
        '-D',
        'a b',
        'a..b',
        'a~1',
        'a^',
        'a:b',
        '/a',
        'a/',
        'a.lock',
        '.a',
        'é',
        'HEAD',
        'a\0',
        'f'.repeat(40),
        '@',
        'x'.repeat(300),
      ]) {
        expect([name, (await refusal(database.createBranch(name))).code]).toEqual([name, 'NAME_REFUSED'])
        expect([name, (await refusal(database.createTag(name))).code]).toEqual([name, 'NAME_REFUSED'])
        expect([name, (await refusal(bench.save(database, 'foo', text, { branch: { new: name } }))).code]).toEqual([
          name,
          'NAME_REFUSED',
        ])
      }
    })
    test('odd branches', async () => {
      for (const name of [
        'a/b/c',
        'x-y_z.1',
        "it's",
        '"q"',
        '%41',
        'main/x',
        'remotes/origin/main',
        'run',
        '2024-01-01',
        'abcdef',
        '#1',
        'a;b',
        'x'.repeat(200),
      ]) {
        const action = await bench.save(database, 'foo', `id,a\n1,on branch\n`, { branch: { new: name } })
        expect([name, await bench.text(database, 'foo', { branch: name })]).toEqual([name, 'id,a\n1,on branch\n'])
        expect(await database.resolve(name)).toBe(action.toCommit)
        expect((await bench.save(database, 'foo', 'id,a\n2,y\n', { branch: name })).added).toBe(1)
        await database.createTag(`t-${name}`.slice(0, 200), name)
        expect((await database.status()).dirty).toEqual([])
        await database.deleteBranch(name)
      }
    })
    test('branches whose names differ in case only: refused', async () => {
      expect((await refusal(database.createBranch('Main'))).code).toBe('BRANCH_EXISTS')
      expect((await refusal(bench.save(database, 'foo', text, { branch: { new: 'MAIN' } }))).code).toBe('BRANCH_EXISTS')
    })
    test('a database whose URL has odd characters', async () => {
      for (const url of engine.oddUrls(bench.folder)) {
        const odd = await bench.open(url)
        await bench.save(odd, 'foo', text, { key: 'id' })
        const again = await bench.open(url)
        expect([url, await bench.text(again, 'foo', { at: 'main' })]).toEqual([url, text])
      }
    })
  })
}
