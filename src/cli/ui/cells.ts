import { cellText } from '../../model/cells.ts'
import type { ColumnType, Row, Schema, Value } from '../../types.ts'
import { toJson } from '../text/json.ts'
import { visible } from '../text/width.ts'

/** How many characters of a cell are shown in a table; the whole is asked for by itself. */
const SHOWN = 200

/** A cell as the page shows it: null for NULL, `{ number }` for what stands at the right, `{ cut }` for the beginning of a long text. */
export type PageCell = null | string | { number: string } | { cut: string; shown: number; characters: number }

/** A cell's text, or the beginning of it. Line ends, and marks that turn the direction of text, are shown as such. */
export function pageCell(value: Value | undefined, type: ColumnType = 'any'): PageCell {
  const text = cellText(value, type)
  if (text === null) return null
  if (typeof value === 'number' || typeof value === 'bigint') return { number: text }
  const shown = visible(text.slice(0, SHOWN).toWellFormed())
  return text.length > SHOWN ? { cut: shown, shown: SHOWN, characters: text.length } : shown
}

/** The cells of a row by column. */
export function pageCells(row: Record<string, Value> | null, { columns }: Pick<Schema, 'columns'>): PageCell[] | null {
  return row && columns.map(({ name, type }) => pageCell(row[name], type))
}

/** Names a row in an address of the page: its key's cells as JSON. */
export function keyWord(key: Row): string {
  return toJson(key.map((cell) => (typeof cell === 'bigint' ? { $integer: cell.toString() } : cell)))
}
