import type { Value } from '../../types.ts'

/** Rows of values as the text that a CSV would have of them, and the places of the cells in it. */
export function spansOf(
  rows: readonly (readonly unknown[])[],
  width: number,
): { bytes: Buffer; rows: number; spans: Int32Array } {
  const texts: (string | null)[] = []
  for (const row of rows) for (let index = 0; index < width; index++) texts.push(textOf(row[index] as Value))
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

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}
