import type { Session } from '../engines/engine.ts'
import { UsageError } from '../errors.ts'
import { untilAborted } from '../system/abort.ts'
import type { Row } from '../types.ts'
import { cellText, cellValue } from './cell-value.ts'
import { sourceFailed, lookAt } from './stream.ts'

/** A row as an iterable gives it: an object by column, or an array behind a list of the columns' names. */
export type RowLike = object | readonly unknown[]

/** Rows, and which columns they have. Default: those of the first row */
export interface RowSource {
  /** All of one kind, objects or arrays. */
  rows: Iterable<RowLike> | AsyncIterable<RowLike>
  /** Needed by rows that are arrays, and if there may be no row. */
  columns?: readonly string[] | undefined
}

const ROWS_A_CALL = 1000

/**
 * Reads rows into a stage.
 * @throws {UsageError} USAGE for a row that doesn't fit the first one, or a value that no cell can hold
 * @throws {SourceError} CSV_NUL, CSV_ENCODING
 */
export async function fillRows(
  session: Session,
  stage: number,
  { rows, columns }: RowSource,
  signal?: AbortSignal,
): Promise<void> {
  let names = columns === undefined ? undefined : lookAt(() => checkedNames(columns))
  let batch: Row[] = []
  let count = 0
  for await (const row of Symbol.asyncIterator in rows ? untilAborted(signal, rows) : items(rows)) {
    lookAt(() => requireRow(row, ++count))
    names ??= lookAt(() => (Array.isArray(row) ? undefined : checkedNames(Object.keys(row))))
    if (!names)
      throw new UsageError(
        'USAGE',
        'Rows given as arrays need their columns: save(table, { rows, columns: [...] }, ...).',
      )
    batch.push(lookAt(() => cellsOf(row, names!, count)))
    if (batch.length < ROWS_A_CALL) continue
    await session.stageRows(stage, names, batch)
    batch = []
  }
  if (!names?.length)
    throw new UsageError('USAGE', 'There is no row and no list of columns: give save(table, { rows, columns: [...] }).')
  await session.stageRows(stage, names, batch)
}

/** A failure of the rows themselves is told as such. */
function* items(rows: Iterable<RowLike>): Generator<RowLike, void> {
  try {
    yield* rows
  } catch (cause) {
    throw sourceFailed(cause)
  }
}

function checkedNames(names: readonly string[]): string[] {
  const isList = Array.isArray(names) && names.every((name) => typeof name === 'string')
  if (!isList) throw new UsageError('USAGE', `The columns of rows are a list of names, and this is none.`)
  return names.map((name) => cellText(name, { line: 0, column: name }))
}

/** What has members of its own that are no columns, such as bytes or a Map, is no row. */
function requireRow(row: unknown, line: number): void {
  const tag = Object.prototype.toString.call(row)
  if (Array.isArray(row) || (tag === '[object Object]' && typeof row === 'object')) return
  throw new UsageError('USAGE', `Row ${line} is ${tag.slice(8, -1)}, neither a plain object nor an array.`, {
    data: { line },
  })
}

function cellsOf(row: RowLike, names: readonly string[], line: number): Row {
  if (Array.isArray(row) && row.length !== names.length)
    throw new UsageError('USAGE', `Row ${line} has ${row.length} cells for ${names.length} columns.`, {
      data: { line, columns: names },
    })
  const unknown = Array.isArray(row) ? undefined : Object.keys(row).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new UsageError(
      'USAGE',
      `Row ${line} has the column ${unknown}, which the first row doesn't have. Give all columns: save(table, { rows, columns: [...] }).`,
      { data: { line, column: unknown, columns: names } },
    )
  const cells = Array.isArray(row) ? (row as unknown[]) : names.map((name) => member(row, name))
  return cells.map((value, index) => cellValue(value, { line, column: names[index]! }))
}

/** A member of the row or of its class, but not of every object: a row without `constructor` is NULL there. */
function member(row: object, name: string): unknown {
  const has = Object.hasOwn(row, name) || (name in row && !(name in Object.prototype))
  return has ? (row as Record<string, unknown>)[name] : null
}
