import type { SpanBatch } from '../../formats/format.ts'
import { parseType, storedAs, type TypeData } from '../../model/column-type.ts'
import { readNumber, REALS, TEXT } from '../../model/numbers.ts'
import { normalText } from '../../model/typed-text.ts'
import type { ColumnType } from '../../types.ts'

/** The columns whose cells have one form, each with its place. */
export type Forms = readonly { column: number; type: TypeData }[]

/** `2024-12-31` */
const DATE_LENGTH = 10
const FORMED: readonly string[] = ['integer', 'real', 'decimal', 'boolean', 'date', 'time', 'timestamp']

/** Of columns of these types. */
export function formsOf(types: readonly ColumnType[]): Forms {
  return types.flatMap((text, column) => {
    const type = parseType(text)
    if (!type || !FORMED.includes(type.kind) || storedAs(text) === 'any') return []
    // A scale that the table's first rows showed is a spelling: another one stays what it is.
    return type.kind === 'decimal' && type.precision === undefined ? [] : [{ column, type }]
  })
}

/** The batch with the cells of typed columns in the form that the table has them in; itself, if they are. */
export function inForm(batch: SpanBatch, forms: Forms, width: number): SpanBatch {
  const { bytes, rows } = batch
  const found: { at: number; text: Buffer }[] = []
  for (const { column, type } of forms)
    for (let row = 0, at = column * 2; row < rows; row++, at += width * 2) {
      const start = batch.spans[at]!
      const end = batch.spans[at + 1]!
      if (start === -1 || isFormed(type, bytes, start, end)) continue
      const text = bytes.toString('utf8', start, end)
      const normal = normalText(text, type)
      if (normal !== text) found.push({ at, text: Buffer.from(normal) })
    }
  if (found.length === 0) return batch
  // The new texts stand behind the old ones.
  const spans = batch.spans.slice()
  let end = bytes.length
  for (const { at, text } of found) {
    spans[at] = end
    end += text.length
    spans[at + 1] = end
  }
  return { ...batch, spans, bytes: Buffer.concat([bytes, ...found.map(({ text }) => text)]) }
}

/** Most numbers and dates are in their form already. */
function isFormed(type: TypeData, bytes: Buffer, start: number, end: number): boolean {
  if (type.kind === 'integer') return readNumber(bytes, start, end, -1) !== TEXT
  if (type.kind === 'date') return end - start === DATE_LENGTH
  if (type.kind === 'real') return readNumber(bytes, start, end, REALS) !== TEXT
  return type.kind === 'decimal' && readNumber(bytes, start, end, type.scale) !== TEXT
}
