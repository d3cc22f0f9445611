import { cellText } from '../../model/cells.ts'
import type { Row } from '../../types.ts'

/** Rows of values as the text that a CSV would have of them, and the places of the cells in it. */
export function spansOf(rows: readonly Row[], width: number): { bytes: Buffer; rows: number; spans: Int32Array } {
  const texts: (string | null)[] = []
  for (const row of rows) for (let index = 0; index < width; index++) texts.push(cellText(row[index], 'any'))
  const bytes = Buffer.from(texts.join(''))
  const spans = new Int32Array(texts.length * 2)
  let at = 0
  texts.forEach((text, index) => {
    spans[index * 2] = text === null ? -1 : at
    if (text !== null) at += Buffer.byteLength(text)
    spans[index * 2 + 1] = at
  })
  return { bytes, rows: rows.length, spans }
}
