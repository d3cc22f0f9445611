import { cellText, cellValue } from '../model/cells.ts'
import type { ColumnType, Schema, Value } from '../types.ts'

/*
 * A cell of the base is compared with the sides' ones as it would be stored under the type that these gave its column:
 * a 5 that became text is the text 5, and no edit.
 */

/** The type that the sides of a merge store each column of the base under; undefined if it is the base's. */
export function newTypes(base: Schema | undefined, ...sides: (Schema | undefined)[]): (ColumnType | undefined)[] {
  return (base?.columns ?? []).map(({ name, type }) =>
    sides
      .map((side) => side?.columns.find((column) => column.name === name)?.type)
      .find((one) => one !== undefined && one !== type),
  )
}

/** A cell as a column of another type stores its text. */
export function retypedCell(cell: Value, from: ColumnType, to: ColumnType): Value {
  const text = cellText(cell, from)
  return text === null ? null : cellValue(text, to)
}
