import { expect, test } from 'vitest'
import { checkMove } from '../../dist/checks/check-move.js'
import { contextOf } from '../../dist/database.js'
import { open, type Check } from '../../dist/index.js'
import { counting } from '../counting.ts'

test('only tables that changed are looked at; of a table that held, only the changed rows', async () => {
  const db = await open(`memory:${Math.random()}`)
  const rows = Array.from({ length: 500 }, (_, id) => ({ id, price: id, other: 1 }))
  const first = await db.save('foo', rows, { key: 'id' })
  await db.save('bar', rows, { key: 'id' })
  await db.addCheck('foo', 'known', { kind: 'not-null', column: 'price' })
  await db.addCheck('foo', 'range', { kind: 'range', column: 'price', min: '0', max: null })
  await db.addCheck('bar', 'bar-known', { kind: 'not-null', column: 'price' })
  const second = await db.save('foo', [{ ...rows[0]!, price: 7 }, ...rows.slice(1)])
  const context = contextOf(db)
  const session = await context.engine.session({})
  const third = await db.save('foo', [{ ...rows[0]!, price: 8 }, ...rows.slice(1)], { branch: { new: 'other' } })

  const again = counting(session)
  await checkMove(again.session, 'main', { from: first.toCommit!, to: second.toCommit! })
  // It is known to hold: no row is read, and bar not looked at.
  expect(again.calls).not.toHaveProperty('openRows')
  expect(again.calls).not.toHaveProperty('openDiff')

  const changed = counting(session)
  const rule = { kind: 'in' as const, column: 'other', values: ['1', '2'] }
  const check: Check = { name: 'in', table: 'foo', rule, level: 'error', author: '', at: '' }
  await checkMove(changed.session, 'main', { from: first.toCommit!, to: second.toCommit! }, { checks: [check] })
  expect(changed.calls).toMatchObject({ openRows: 1 })
  const next = counting(session)
  await checkMove(next.session, 'main', { from: second.toCommit!, to: third.toCommit! }, { checks: [check] })
  expect(next.calls).toMatchObject({ openDiff: 1 })
  expect(next.calls).not.toHaveProperty('openRows')
  await session.release()
  await db.close()
})
