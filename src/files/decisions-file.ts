import { readFile } from 'node:fs/promises'
import { NotFoundError, SourceError, asIoError } from '../errors.ts'
import { csvSpans } from '../formats/csv/index.ts'
import type { SpanBatch } from '../formats/format.ts'
import { listed } from '../model/name-lists.ts'
import { markedText } from '../spelling.ts'
import type { Value } from '../types.ts'

/** A line of a file of decisions, which nobody has looked at yet. */
export interface DecisionLine {
  table: string
  key: string | Record<string, Value>
  column: string | null
  base?: Value | Record<string, Value>
  ours?: Value | Record<string, Value>
  theirs?: Value | Record<string, Value>
  decision: string | null
  value: Value | Record<string, Value>
  path: string
  line: number
}

const NEEDED = ['table', 'key', 'decision'] as const
const SIDES = ['base', 'ours', 'theirs'] as const
type Cells = Record<string, unknown>

/**
 * Reads decisions, as `conflicts` writes them: CSV, or JSON Lines by the extension .jsonl or .ndjson. Other columns are left
 * alone; base, ours and theirs may be left out.
 * @throws {NotFoundError} FILE_NOT_FOUND @throws {SourceError} CSV_…, COLUMN_…, FORMAT_INVALID, DECISION_INVALID
 */
export async function readDecisions(path: string): Promise<DecisionLine[]> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new NotFoundError('FILE_NOT_FOUND', `There is no file ${path}.`, { data: { path } })
    throw asIoError(error, path)
  }
  const lines = /\.(jsonl|ndjson)$/i.test(path) ? jsonLines(bytes, path) : csvLines(bytes, path)
  return lines.map(({ cells, line }) => lineOf(cells, path, line))
}

function lineOf(cells: Cells, path: string, line: number): DecisionLine {
  const fail = (column: string, why: string): SourceError =>
    new SourceError('DECISION_INVALID', `${path}: Line ${line}, column ${column}: ${why}.`, {
      data: { path, line, column },
    })
  const missing = NEEDED.find((name) => !Object.hasOwn(cells, name))
  if (missing !== undefined)
    throw fail(
      missing,
      `there is no ${missing}. There are: ${listed(Object.keys(cells))}. It needs: ${NEEDED.join(', ')}`,
    )
  const text = (name: string): string | null => {
    const cell = cells[name] ?? null
    if (cell === null || typeof cell === 'string') return cell
    throw fail(name, `${JSON.stringify(cell)} is no text`)
  }
  const value = (name: string): Value | Record<string, Value> => {
    const cell = cells[name] ?? null
    // What JSON rounds, nobody wrote.
    if (typeof cell === 'number' && !Number.isSafeInteger(cell) && Number.isInteger(cell))
      throw fail(name, `the number is greater than JSON readers take it exactly. Write it as a text: "…"`)
    if (typeof cell === 'boolean' || Array.isArray(cell))
      throw fail(name, `${JSON.stringify(cell)} is no cell. Write a text`)
    return cell as Value | Record<string, Value>
  }
  const key = cells['key'] ?? ''
  const isKey = typeof key === 'string' || typeof key === 'number' || (typeof key === 'object' && !Array.isArray(key))
  if (!isKey) throw fail('key', `${JSON.stringify(key)} is no key`)
  // A line that a person wrote has nothing there; one that was listed has something on one side at least.
  const isListed = SIDES.some((side) => (cells[side] ?? '') !== '')
  const seen = SIDES.filter((side) => isListed && Object.hasOwn(cells, side)).map((side) => [side, value(side)])
  return {
    table: text('table') ?? '',
    key: typeof key === 'number' ? String(key) : (key as string | Record<string, Value>),
    column: text('column') || null,
    ...(Object.fromEntries(seen) as Partial<DecisionLine>),
    decision: text('decision'),
    value: value('value'),
    path,
    line,
  }
}

function csvLines(bytes: Uint8Array, path: string): { cells: Cells; line: number }[] {
  const lines: { cells: Cells; line: number }[] = []
  try {
    const reader = csvSpans({ delimiter: /\.tsv$/i.test(path) ? '\t' : ',' })
    for (const read of [() => reader.push(bytes), () => reader.end()]) {
      const batch = read()
      if (batch) lines.push(...rowsOf(batch, reader.columns!))
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    throw new SourceError(error.code, `${path}: ${markedText(error)}`, { data: { path, ...error.data }, cause: error })
  }
  return lines
}

function rowsOf(batch: SpanBatch, columns: readonly string[]): { cells: Cells; line: number }[] {
  const { bytes, spans, rows, firstLine, lines } = batch
  return Array.from({ length: rows }, (_, row) => {
    const cell = (column: number): string | null => {
      const at = 2 * (row * columns.length + column)
      return spans[at] === -1 ? null : bytes.toString('utf8', spans[at], spans[at + 1])
    }
    const cells = Object.fromEntries(columns.map((name, column) => [name, cell(column)]))
    return { cells, line: lines?.[row] ?? firstLine + row }
  })
}

function jsonLines(bytes: Buffer, path: string): { cells: Cells; line: number }[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .map((text, index) => ({ text: text.trim(), line: index + 1 }))
    .filter(({ text }) => text !== '')
    .map(({ text, line }) => {
      const found = parsed(text)
      if (typeof found === 'object' && found !== null && !Array.isArray(found)) return { cells: found as Cells, line }
      const data = { path, line, column: 1 }
      throw new SourceError('FORMAT_INVALID', `${path}: Line ${line} is no JSON object.`, { data })
    })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
