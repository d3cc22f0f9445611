import { describe, expect, it } from 'vitest'
import type { ColumnType } from '../../dist/index.js'
import { parseType, storedAs, typeText } from '../../dist/model/column-type.js'
import { widened } from '../../dist/model/type-lattice.js'

const TYPES: Partial<Record<ColumnType, string>> = {
  any: 'any',
  text: 'text',
  boolean: 'text',
  date: 'text',
  bytes: 'text',
  json: 'text',
  integer: 'integer',
  'integer(8)': 'integer',
  'integer(32)': 'integer',
  'unsigned(8)': 'integer',
  'unsigned(32)': 'integer',
  // The engines' integers have 63 bits and a sign.
  'unsigned(64)': 'any',
  real: 'real',
  'real(32)': 'real',
  'decimal(2)': 'decimal',
  'decimal(38,10)': 'decimal',
  'time(us)': 'text',
  'duration(ns)': 'integer',
  'timestamp(s)': 'text',
  'timestamp(us, Europe/Oslo)': 'text',
  'timestamp(ns, +01:00)': 'text',
}

describe("a column's type", () => {
  it.each(Object.entries(TYPES))('%s has one text, and is stored as %s', (type, stored) => {
    expect(typeText(parseType(type)!)).toBe(type)
    expect(storedAs(type as ColumnType)).toBe(stored)
  })

  it.each([
    'integer(64)',
    'integer(7)',
    'real(64)',
    'unsigned',
    'decimal(2,3)',
    'decimal(39,0)',
    'time',
    'time(us, UTC)',
    'timestamp(us,UTC)',
    'timestamp(us, )',
    // SQLite would take such a column for one of integers.
    'timestamp(us, Print)',
    'timestamp(us, a b)',
  ])('is not %s', (type) => {
    expect(parseType(type)).toBeUndefined()
  })
})

describe('what a column of one type becomes by a source of another', () => {
  it.each([
    ['any', 'integer', 'any'],
    ['text', 'integer', 'text'],
    ['integer', 'any', 'integer'],
    ['integer(8)', 'integer(32)', 'integer(32)'],
    ['integer(8)', 'unsigned(8)', 'integer(16)'],
    ['unsigned(8)', 'unsigned(16)', 'unsigned(16)'],
    ['unsigned(64)', 'integer(8)', 'any'],
    ['unsigned(32)', 'integer(8)', 'integer'],
    ['integer(16)', 'real(32)', 'real(32)'],
    ['integer(32)', 'real(32)', 'real'],
    ['real', 'integer', 'real'],
    ['decimal(5,2)', 'decimal(9,2)', 'decimal(9,2)'],
    ['decimal(5,2)', 'decimal(9,3)', 'any'],
    ['decimal(2)', 'integer', 'any'],
    ['timestamp(s)', 'timestamp(us)', 'timestamp(us)'],
    ['timestamp(us, Europe/Oslo)', 'timestamp(ms, UTC)', 'timestamp(us, UTC)'],
    ['timestamp(us)', 'timestamp(us, UTC)', 'any'],
    ['time(ns)', 'time(ms)', 'time(ns)'],
    ['date', 'text', 'any'],
    ['boolean', 'integer', 'any'],
  ] as const)('%s and %s: %s', (table, source, both) => {
    expect(widened(table, source)).toBe(both)
    expect(widened(both, source)).toBe(both)
  })
})
