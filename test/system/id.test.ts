import { expect, it } from 'vitest'
import { newId } from '../../dist/system/id.js'

// Fault: of two actions that began in one millisecond, `actions` might list the later one first.
it('ids of one millisecond sort in the order in which they were made, as do those of a clock that is set back', () => {
  const now = Date.now()
  const ids = [
    ...Array.from({ length: 10_000 }, () => newId(now)),
    ...Array.from({ length: 10 }, () => newId(now - 5000)),
    ...Array.from({ length: 10_000 }, () => newId()),
  ]
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
})

it('an id is a UUID of version 7 and tells its time', () => {
  const now = Date.now() + 60_000
  const id = newId(now)
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(now)
})
