import { describe, expect, it } from 'vitest'
import { mergeRow, isConflict } from '../../dist/engines/merge-row.js'
import { cellText, cellValue, isColumnType, sameValue, valueId } from '../../dist/model/cells.js'
import { pinnedScale } from '../../dist/model/column-type.js'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

describe('a cell', () => {
  it.each([
    [null, 'any', null],
    [undefined, 'any', null],
    ['007', 'decimal(2)', '007'],
    [0.5, 'decimal(2)', '0.50'],
    [12n, 'decimal(2)', '12.00'],
    [12, 'decimal(0)', '12'],
    [12.5, 'any', '12.5'],
    [9223372036854775807n, 'integer', '9223372036854775807'],
    [bytes(1, 2, 3), 'any', 'AQID'],
    // Fault: bytes were NaN.
    [bytes(1, 2, 3), 'decimal(2)', 'AQID'],
  ] as const)('%o of type %s has the text %o', (value, type, text) => {
    expect(cellText(value, type)).toBe(text)
  })

  it.each([
    ['12', 'any', 12],
    ['12', 'text', '12'],
    ['007', 'any', '007'],
    ['-0', 'any', '-0'],
    ['9007199254740993', 'any', 9007199254740993n],
    ['9223372036854775808', 'any', '9223372036854775808'],
    ['1.50', 'any', '1.50'],
    ['1.50', 'decimal(2)', 1.5],
    ['1.5', 'decimal(2)', '1.5'],
    // Fault: the command line took decimals of more than 15 digits for numbers, and found no such key.
    ['9007199254740991.00', 'decimal(2)', '9007199254740991.00'],
    ['1234567890123456', 'decimal(0)', '1234567890123456'],
  ] as const)('with the text %s is in a column of type %s the value %o', (text, type, value) => {
    expect(cellValue(text, type)).toBe(value)
    expect(cellText(value, type)).toBe(text)
  })

  it('is the same as another by kind and content', () => {
    const values = [null, 12, '12', bytes(12), bytes(1, 2), '', 'MTI=', 1.5]
    for (const [index, a] of values.entries())
      for (const [other, b] of values.entries()) expect([a, b, sameValue(a, b)]).toEqual([a, b, index === other])
    expect(sameValue(bytes(1, 2), bytes(1, 2))).toBe(true)
    expect(sameValue(null, undefined)).toBe(true)
    expect(new Set(values.map((value) => valueId(value))).size).toBe(values.length)
  })
})

describe("a column's type", () => {
  it.each(['any', 'text', 'integer', 'real', 'decimal(0)', 'decimal(12)'])('is %s', (type) => {
    expect(isColumnType(type)).toBe(true)
  })

  it.each(['', 'ANY', 'decimal', 'decimal()', 'decimal(-1)', 'decimal(100)', 'decimal(2) ', 'toString'])(
    'is not %o',
    (type) => {
      expect(isColumnType(type)).toBe(false)
    },
  )

  it('pins a scale or none', () => {
    expect((['any', 'real', 'decimal(0)', 'decimal(12)'] as const).map(pinnedScale)).toEqual([-1, -2, 0, 12])
  })
})

describe('bytes that no side changed', () => {
  const sides = { base: [bytes(1), 'a', 'x'], ours: [bytes(1), 'b', 'x'], theirs: [bytes(1), 'a', 'y'] }

  // Fault: bytes were compared as objects, and so those of a row that both sides edited conflicted.
  it('do not conflict', () => {
    expect(isConflict(sides)).toBe(false)
    expect(isConflict({ ...sides, theirs: [bytes(2), 'a', 'y'] })).toBe(false)
    expect(isConflict({ ...sides, ours: [bytes(3), 'b', 'x'], theirs: [bytes(2), 'a', 'y'] })).toBe(true)
  })

  it('stay what they are', () => {
    expect(mergeRow(sides, 'theirs')).toEqual([bytes(1), 'b', 'y'])
    expect(mergeRow({ ...sides, theirs: [bytes(2), 'a', 'y'] }, 'ours')).toEqual([bytes(2), 'b', 'y'])
  })
})
