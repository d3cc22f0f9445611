import { beforeAll, describe, expect, it } from 'vitest'
import { history } from '../../dist/history/walk.js'
import type { Hash } from '../../dist/index.js'
import { InMemory, signed } from '../in-memory.ts'

describe('a history', () => {
  let db: InMemory
  const made: Record<string, Hash> = {}
  beforeAll(async () => {
    db = await InMemory.open()
    made['t'] = await db.save('main', 't', 'id\n1\n')
    made['other'] = await db.save('side', 'other', 'id\n1\n', { from: made['t'] })
    made['edit'] = await db.save('main', 't', 'id\n1\n2\n')
    const merged = await db.session.merge('main', made['other'], 'fail', signed('merge side'))
    made['merge'] = 'commit' in merged ? merged.commit : ''
    made['last'] = await db.save('main', 't', 'id\n2\n')
  })
  const names = async (table?: string, limit?: number) =>
    (await history(db.session, (await db.session.head('main'))!, { table, limit })).map(
      ({ hash }) => Object.entries(made).find(([, known]) => known === hash)?.[0] ?? 'begin',
    )

  it('has each commit once, after all its children', async () => {
    const all = await names()
    expect(all.slice(0, 2)).toEqual(['last', 'merge'])
    expect(all.slice(2, 4).toSorted()).toEqual(['edit', 'other'])
    expect(all.slice(4)).toEqual(['t', 'begin', 'begin'])
  })

  it('of a table has the commits that changed it alone: a merge that took one side’s did not', async () => {
    expect(await names('t')).toEqual(['last', 'edit', 't'])
    expect(await names('other')).toEqual(['other'])
    expect(await names('none')).toEqual([])
  })

  it('ends at a limit', async () => {
    expect(await names('t', 2)).toEqual(['last', 'edit'])
    expect(await names(undefined, 1)).toEqual(['last'])
  })
})
