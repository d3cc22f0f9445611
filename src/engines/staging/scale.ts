import type { SpanBatch } from '../../formats/format.ts'
import { scaleOf } from '../../model/numbers.ts'
import type { ColumnType } from '../../types.ts'

/** How many first rows of a table's first save are looked at for a common scale, and bytes of their cells. */
export const SCALE_ROWS = 1000
export const SCALE_BYTES: number = 2 ** 22

/** The scale that all cells of a column share, if one of them needs it to be a number (`0.50`); else `any`. */
export function commonScale(batches: SpanBatch[], column: number, width: number, looked: number): ColumnType {
  let scale = -1
  let needed = false
  let seen = 0
  for (const { bytes, spans, rows } of batches) {
    for (let row = 0; row < rows && seen < looked; row++, seen++) {
      const at = (row * width + column) * 2
      if (spans[at] === -1) continue
      const text = bytes.toString('latin1', spans[at]!, spans[at + 1]!)
      const own = scaleOf(text)
      if (own === -1 || (scale !== -1 && own !== scale)) return 'any'
      scale = own
      needed ||= text.endsWith('0')
    }
  }
  return needed ? `decimal(${scale})` : 'any'
}

/** How many rows are looked at for a scale: by their cells alone, so that it is the same from every source. */
export function rowsForScale(batches: SpanBatch[], width: number): number {
  let rows = 0
  let bytes = 0
  for (const batch of batches)
    for (let row = 0; row < batch.rows && rows < SCALE_ROWS && bytes < SCALE_BYTES; row++, rows++)
      bytes += cellBytes(batch, row * width, (row + 1) * width)
  return rows
}

/** Of the cells from one up to another. */
export function cellBytes({ spans }: SpanBatch, from: number, to: number): number {
  let bytes = 0
  for (let at = from * 2; at < to * 2; at += 2) if (spans[at] !== -1) bytes += spans[at + 1]! - spans[at]!
  return bytes
}
