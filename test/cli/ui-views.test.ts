import { statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { pageFiles } from '../../dist/cli/ui/page-files.js'
import { ask, folder, handler, key, useUi } from './ui-page.ts'

useUi()

describe('the page', () => {
  it('is one script of less than 400 KB, with nothing from elsewhere', async () => {
    expect(statSync('dist/bin/ui/page.js').size).toBeLessThan(400_000)
    const files = await pageFiles()
    for (const { text } of Object.values(files))
      expect(/(?:src|href)="?https?:|@import|url\((?!#)/.exec(text)).toBe(null)
  })

  it('knows the database, its branches and tags', async () => {
    const { json } = await ask('/api/database')
    expect(json).toMatchObject({ version: '1.2.3', writes: false, defaultBranch: 'main', engine: 'doltlite' })
    expect(json.branches.map(({ name }: any) => name)).toEqual(['exp', 'main'])
    expect(json.tags.map(({ name }: any) => name)).toEqual(['v1'])
  })

  it('shows the commits of all branches, each after all its children', async () => {
    const { commits, truncated } = (await ask('/api/history')).json
    expect(truncated).toBe(false)
    const hashes: string[] = commits.map(({ hash }: any) => hash)
    expect(new Set(hashes).size).toBe(hashes.length)
    const branches = (await ask('/api/database')).json.branches
    for (const { hash } of branches) expect(hashes).toContain(hash)
    for (const { hash, parents } of commits)
      for (const parent of parents) expect(hashes.indexOf(parent)).toBeGreaterThan(hashes.indexOf(hash))
    const some = (await ask('/api/history?limit=3')).json
    expect([some.commits.map(({ hash }: any) => hash), some.truncated]).toEqual([hashes.slice(0, 3), true])
    const ofTable = (await ask('/api/history?table=many')).json.commits
    expect(ofTable.map(({ message }: any) => message)).toEqual(['save many'])
  })

  it('shows a commit and what it changed', async () => {
    const { commit, tables } = (await ask('/api/commit?ref=v1')).json
    expect(commit.parents).toHaveLength(1)
    expect(tables).toMatchObject([{ table: 'raw', added: 3 }])
  })

  it('shows the tables of any commit', async () => {
    const names = async (path: string) => (await ask(path)).json.tables.map(({ name }: any) => name)
    expect(await names('/api/tables')).toEqual(['bare', 'clean', 'long', 'many', 'pairs', 'raw'])
    expect(await names('/api/tables?at=v1')).toEqual(['raw'])
  })

  it('shows cells as they were saved, hostile ones as texts', async () => {
    const { rows, total, columns } = (await ask('/api/rows?table=raw&at=v1')).json
    expect([total, columns.map(({ name }: any) => name)]).toEqual([3, ['id', 'price', 'note']])
    expect(rows).toEqual([
      { key: '[1]', cells: [{ number: '1' }, { number: '0.50' }, '</script><script>x()</script>'] },
      { key: '[2]', cells: [{ number: '2' }, { number: '12.00' }, expect.stringMatching(/txt\.exe$/)] },
      { key: '[3]', cells: [{ number: '3' }, { number: '7.25' }, null] },
    ])
    expect(rows[1].cells[2]).not.toContain('\u202E')
    const big = (await ask('/api/rows?table=raw&at=exp&from=3')).json.rows
    expect(big[0].cells[0]).toEqual({ number: '9007199254740993' })
    const named = (await ask(`/api/row?table=raw&at=exp&key=${encodeURIComponent(big[0].key)}`)).json
    expect(named.changes).toMatchObject([{ kind: 'added' }])
  })

  it('shows any part of a table, in whatever order the parts are asked for', async () => {
    const fresh = await handler({ writes: false })
    for (const from of [0, 2990, 1450, 1550, 1400, 100, 50, 2999, 2900, 1500, 3000]) {
      const { rows } = (await ask(`/api/rows?table=many&from=${from}&count=50`, { of: fresh })).json
      const numbers = rows.map(({ cells }: any) => Number(cells[0].number))
      expect(numbers).toEqual(Array.from({ length: Math.min(50, 3000 - from) }, (_, at) => from + at))
    }
  })

  it('shows the rows of a key of two columns in the order of the table, and those of a table without a key', async () => {
    const fresh = await handler({ writes: false })
    const all = (await ask('/api/rows?table=pairs', { of: fresh })).json.rows
    expect(all.map((row: any) => row.cells[2])).toEqual(['p', 'r', 'q', 's'])
    for (const from of [3, 2, 1, 0, 1, 2])
      expect((await ask(`/api/rows?table=pairs&from=${from}&count=1`, { of: fresh })).json.rows).toEqual([all[from]])
    const bare = (await ask('/api/rows?table=bare&from=1')).json.rows
    expect(bare).toEqual([
      { key: null, cells: ['a'] },
      { key: null, cells: ['b'] },
    ])
  })

  it('shows the beginning of a long text, and all of it to who asks', async () => {
    const { rows } = (await ask('/api/rows?table=long')).json
    expect(rows[0].cells[1]).toEqual({ cut: 'é'.repeat(200), shown: 200, characters: 1_000_000 })
    const { text } = (await ask(`/api/cell?table=long&column=t&${key(1)}`)).json
    expect(text).toBe('é'.repeat(1_000_000))
    expect((await ask(`/api/cell?table=long&column=t&${key(2)}`)).json.error.code).toBe('ROW_NOT_FOUND')
  })

  it('shows which tables differ, and which rows, side by side', async () => {
    const { tables } = (await ask('/api/changes?from=v1&to=exp')).json
    expect(tables).toMatchObject([
      { table: 'clean', change: 'added' },
      { table: 'raw', added: 1, modified: 1 },
    ])
    const { rows, ...counts } = (await ask('/api/diff?table=raw&from=v1&to=exp')).json
    expect(counts).toMatchObject({ added: 1, modified: 1, removed: 0, key: ['id'] })
    expect(rows.map(({ kind, key: row }: any) => [kind, row])).toEqual([
      ['modified', '[1]'],
      ['added', '[{"$integer":"9007199254740993"}]'],
    ])
    expect([rows[0].before[1], rows[0].after[1]]).toEqual([{ number: '0.50' }, { number: '0.60' }])
    const second = (await ask('/api/diff?table=raw&from=v1&to=exp&offset=1')).json
    expect(second.rows).toEqual(rows.slice(1))
    expect((await ask('/api/diff?table=many')).json).toMatchObject({ added: 3000 })
  })

  it('tells a row: who made it what it is, and what it was', async () => {
    const { blame, changes } = (await ask(`/api/row?table=raw&${key(1)}`)).json
    expect(changes.map(({ kind }: any) => kind)).toEqual(['modified', 'added'])
    expect(blame.hash).toBe(changes[0].commit.hash)
    expect(changes[0].before[2]).toEqual({ column: 'note', cell: '</script><script>x()</script>' })
  })

  it('tells a run, what its steps read and wrote, and why one was skipped', async () => {
    const { runs } = (await ask('/api/runs')).json
    expect(runs.map(({ id }: any) => id)).toEqual(['r2', 'r1'])
    const first = (await ask('/api/run?id=r1')).json
    expect(first.steps[0]).toMatchObject({
      step: 'clean',
      status: 'done',
      causes: [{ kind: 'never-ran' }],
      tables: [{ table: 'raw' }],
      outputs: [{ table: 'clean' }],
    })
    const second = (await ask('/api/run?id=r2')).json
    expect(second.steps[0]).toMatchObject({ status: 'skipped', of: { run: 'r1' } })
    const { edges } = (await ask('/api/lineage')).json
    expect(edges).toContainEqual({ from: 'table raw', to: 'step clean' })
  })

  it('tells what conflicts, and what the checks find', async () => {
    const { conflicts, rows } = (await ask('/api/conflicts?branch=exp')).json
    expect(rows).toBe(1)
    expect(conflicts).toMatchObject([
      {
        table: 'raw',
        key: '[1]',
        column: 'price',
        base: { number: '0.50' },
        ours: { number: '0.70' },
        theirs: { number: '0.60' },
      },
      { column: 'note', ours: 'ours', theirs: 'theirs' },
    ])
    const { checks } = (await ask('/api/checks')).json
    expect(checks).toMatchObject([{ name: 'few', level: 'warn', rule: 'rows 0 2', failure: { table: 'raw' } }])
  })

  it('leaves no record of what was looked at', async () => {
    const before = (await folder.ok('actions --json')).json.actions
    await ask('/api/rows?table=raw')
    expect((await folder.ok('actions --json')).json.actions).toEqual(before)
  })
})
