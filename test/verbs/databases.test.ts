import { afterAll, expect, it } from 'vitest'
import { forgetMemory } from '../../dist/engines/memory/index.js'
import { open } from '../../dist/index.js'

/* `open` with names: what handles carry, so that another machine may have the database elsewhere. */

const HERE = 'memory:databases-here'
const OTHER = 'memory:databases-other'
afterAll(() => [HERE, OTHER].forEach((url) => forgetMemory(url)))

it('a name is what handles carry, and each opener says where it is', async () => {
  const here = await open({ databases: { pipeline: HERE } })
  const { handle } = await here.save('t', [{ id: 1 }], { key: 'id' })
  expect(handle).toMatchObject({ db: 'pipeline', table: 't', rows: 1 })
  const again = await open('pipeline', { databases: { pipeline: HERE, other: OTHER } })
  const rows = []
  for await (const row of again.rows(handle!)) rows.push(row)
  expect(rows).toEqual([{ id: 1 }])
  const other = await open('other', { databases: { pipeline: HERE, other: OTHER } })
  await other.save('t', [{ id: 2 }], { key: 'id' })
  await expect(other.rows(handle!).next()).rejects.toMatchObject({
    code: 'HANDLE_NOT_FOUND',
    data: { db: 'pipeline', table: 't', commit: handle!.commit },
  })
  for (const db of [here, again, other]) await db.close()
})

it('one of several needs its name, and none has none', async () => {
  const two = open({ databases: { pipeline: HERE, other: OTHER } })
  await expect(two).rejects.toMatchObject({ code: 'USAGE', data: { databases: ['pipeline', 'other'] } })
  await expect(open({ databases: {} })).rejects.toMatchObject({ code: 'USAGE', data: { databases: [] } })
})
