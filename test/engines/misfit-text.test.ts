import { expect, it } from 'vitest'
import { misfitText } from '../../dist/engines/staging/misfit-text.js'
import type { ColumnType } from '../../dist/index.js'

it.each<[string, ColumnType, string]>([
  ['n/a', 'real', '"n/a" is no number, and the column\'s type is real'],
  ['', 'integer', '"" is no number, and the column\'s type is integer'],
  ['1.50', 'real', '"1.50" would come back as 1.5, and the column\'s type real keeps no spelling'],
  ['007', 'integer', '"007" would come back as 7, and the column\'s type integer keeps no spelling'],
  ['1.5', 'integer', '"1.5" is no whole number, and the column\'s type is integer'],
  ['9223372036854775808', 'integer', '"9223372036854775808" is beyond what the column\'s type integer holds'],
  ['1.5', 'decimal(2)', '"1.5" is not written with 2 decimals, as the column\'s type decimal(2) asks'],
])('%s in a column of the type %s', (text, type, words) => {
  expect(misfitText(text, type)).toBe(words)
})
