import type { TextReadOptions } from '../../formats/format.ts'
import { isColumnType } from '../../model/cells.ts'
import type { ActionOptions } from '../begin-action.ts'
import type { TableOptions } from '../save/save-options.ts'
import { anything, be, choice, flag, listOf, mapOf, name, object, oneOrMore, orNull, text, type Rule } from './rules.ts'
import { id } from './run-rules.ts'

const columnType = be(
  'a type such as text, integer, real, decimal(2), boolean, date or timestamp(us)',
  (value) => typeof value === 'string' && isColumnType(value),
)
/** Types by column. */
export const types: Rule = mapOf(columnType, 'an object of types by column')

export const action: { readonly [Name in keyof Required<ActionOptions>]: Rule } = {
  id,
  run: name,
  step: name,
  author: text,
  // What JSON makes of it is looked at where it is made.
  data: anything,
}
const textRead = object<TextReadOptions>({
  delimiter: text,
  quote: text,
  header: flag,
  nulls: listOf(text, 'a list of texts'),
})
export const table: { readonly [Name in keyof Required<TableOptions>]: Rule } = {
  key: orNull(oneOrMore(text, "a column's name, or a list of such")),
  schema: choice('evolve', 'replace', 'strict'),
  mode: choice('replace', 'append', 'upsert'),
  format: text,
  text: textRead,
  sheet: be(
    "a sheet's name, or its number from 1",
    (value) => typeof value === 'string' || Number.isSafeInteger(value),
  ),
  types,
  declared: types,
  rename: mapOf(text, 'an object of new names by old ones'),
  source: text,
  inProcess: flag,
  allowEmpty: flag,
}
