import { expect, it } from 'vitest'
import type { ColumnType } from '../../dist/index.js'
import { parseType } from '../../dist/model/column-type.js'
import { normalText } from '../../dist/model/typed-text.js'

it.each<[ColumnType, string, string]>([
  ['integer', '5.0', '5'],
  ['integer', '-0.0', '0'],
  ['integer', '5.5', '5.5'],
  ['integer', '007', '007'],
  ['real', '1.50', '1.5'],
  ['real', '42.0', '42'],
  ['real', '1e20', '100000000000000000000'],
  ['real', '+.5E-3', '0.0005'],
  ['real', 'inf', 'Infinity'],
  ['real', '-Inf', '-Infinity'],
  ['real', 'nan', 'NaN'],
  ['real', '1e999', '1e999'],
  ['real', '0x10', '0x10'],
  ['real', 'n/a', 'n/a'],
  // No digit is lost without a word.
  ['real', '12345678901234567891', '12345678901234567891'],
  ['decimal(2)', '1.5', '1.5'],
  ['decimal(9,2)', '1.5', '1.50'],
  ['decimal(9,2)', '-0.0', '0.00'],
  ['decimal(9,2)', '007', '7.00'],
  ['decimal(9,2)', '1.555', '1.555'],
  ['decimal(9,0)', '12.0', '12'],
  ['boolean', 'True', 'true'],
  ['boolean', 'FALSE', 'false'],
  ['boolean', '1', '1'],
  ['time(us)', '12:34:56.5', '12:34:56.500'],
  ['time(us)', '12:34:56.000', '12:34:56'],
  ['timestamp(us)', '2024-01-01', '2024-01-01T00:00:00'],
  ['timestamp(us)', '2024-01-01 12:00:00.123400', '2024-01-01T12:00:00.123400'],
  ['timestamp(us)', '2024-01-01 12:00:00Z', '2024-01-01 12:00:00Z'],
  ['timestamp(us, Europe/Oslo)', '2024-01-01 12:00:00.5+01:00', '2024-01-01T11:00:00.500Z'],
  ['timestamp(us, UTC)', '2024-01-01 00:30:00+0100', '2023-12-31T23:30:00Z'],
  ['timestamp(us, UTC)', '2024-01-01 12:00:00', '2024-01-01 12:00:00'],
  ['text', '1.50', '1.50'],
])('in a column of the type %s, %s is %s', (type, text, normal) => {
  expect(normalText(text, parseType(type)!)).toBe(normal)
  expect(normalText(normal, parseType(type)!)).toBe(normal)
})
