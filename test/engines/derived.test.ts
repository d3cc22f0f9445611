import { beforeAll, describe, expect, it } from 'vitest'
import type { Hash } from '../../dist/index.js'
import { InMemory, signed } from '../in-memory.ts'

/* The engine in memory writes none of the calls that follow from others. */
describe('calls that follow from others', () => {
  let db: InMemory
  let base: Hash
  let ours: Hash
  let theirs: Hash
  beforeAll(async () => {
    db = await InMemory.open()
    base = await db.save('main', 't', 'id,a\n1,x\n2,y\n')
    ours = await db.save('main', 't', 'id,a\n1,x\n2,Y\n3,z\n')
    theirs = await db.save('side', 'u', 'id\n1\n', { from: base })
  })

  it('mergeBase: the last commit that both have, also after a merge', async () => {
    const { session } = db
    expect(await session.mergeBase(ours, theirs)).toBe(base)
    expect(await session.mergeBase(base, theirs)).toBe(base)
    const merged = await session.merge('side', ours, 'fail', signed('merge'))
    if (!('commit' in merged)) throw new Error('it conflicts')
    expect(await session.mergeBase(ours, merged.commit)).toBe(ours)
    expect(await session.isAncestor(theirs, merged.commit)).toBe(true)
    expect(await session.isAncestor(merged.commit, theirs)).toBe(false)
    const other = await InMemory.open()
    const commit = await other.save('main', 't', 'id\n1\n')
    expect(await session.commit(commit)).toBeUndefined()
  })

  it('ancestor: by first parents; undefined beyond the first commit', async () => {
    expect(await db.session.ancestor(ours, 0)).toBe(ours)
    expect(await db.session.ancestor(ours, 1)).toBe(base)
    expect(await db.session.ancestor(ours, 99)).toBeUndefined()
    expect(await db.session.ancestor('none', 0)).toBeUndefined()
  })

  it('rowsByKey: in the order asked for; undefined for a key, or a table, that is not there', async () => {
    const rows = await db.session.rowsByKey(ours, 't', [[3], [9], [1n], ['1']])
    expect(rows).toEqual([{ id: 3, a: 'z' }, undefined, { id: 1, a: 'x' }, undefined])
    expect(await db.session.rowsByKey(ours, 'none', [[1]])).toEqual([undefined])
  })

  it('rowCount, countDiff and changedTables', async () => {
    expect(await db.session.rowCount(ours, 't')).toBe(3)
    expect(await db.session.countDiff(base, ours, 't')).toEqual({ added: 1, modified: 1, removed: 0 })
    expect(await db.session.changedTables(ours, theirs)).toEqual([
      { table: 't', change: 'modified', schemaChanged: false, added: 0, modified: 1, removed: 1 },
      { table: 'u', change: 'added', schemaChanged: true, added: 1, modified: 0, removed: 0 },
    ])
    expect(await db.session.dirtyTables('main')).toEqual([])
  })

  it('stageTable: a table’s cells, in other columns; of one without rows the columns', async () => {
    const { session } = db
    await db.save('staged', 'p', 'id,price\n1,0.50\n2,12.00\n', { from: base })
    const empty = await db.save('staged', 'none', 'id,a\n')
    const head = (await session.head('staged'))!
    for (const [table, columns, rows] of [
      ['p', ['price', 'id', 'new'], 2],
      ['none', ['id', 'a'], 0],
    ] as const) {
      const stage = await session.openStage({ text: {}, schema: undefined, types: {}, keyless: false })
      await session.stageTable(stage, table === 'p' ? head : empty, table, [...columns])
      const result = await session.finishStage(stage)
      expect([result.columns.map(({ name }) => name), result.rows]).toEqual([columns, rows])
      if (table === 'p') expect(result.columns[0]!.type).toBe('decimal(2)')
      await session.close(stage)
    }
  })
})
