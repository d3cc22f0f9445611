import type { DiffKind, Hash, Row, RowDiff, Schema, Value } from '../../../types.ts'
import { plainValue, record } from '../../values.ts'
import { quoted, type Connection } from '../connection/connection.ts'

/** The most cells that are fetched at once, and the most rows. */
const CELLS = 500_000
const ROWS = 20_000

/** Whether the engine's own diff has every cell of both sides: their columns are the same, at the same places. */
export function isDirect(before: Schema, after: Schema): boolean {
  const shape = ({ columns }: Schema): string => JSON.stringify(columns.map(({ name, type }) => [name, type]))
  return shape(before) === shape(after)
}

/**
 * The first rows that differ, with their cells, from one walk of the engine's diff.
 * @returns whether these are all, too; a further walk begins at the first row again
 */
export function firstDiffs(
  connection: Connection,
  from: Hash,
  to: Hash,
  table: string,
  { columns, key }: Schema,
): { diffs: RowDiff[]; isAll: boolean } {
  const names = columns.map(({ name }) => name)
  const places = key.map((name) => names.indexOf(name))
  const limit = Math.min(ROWS, Math.ceil(CELLS / (2 * names.length)))
  // Its columns are those of the later side, its commit and date, those of the earlier side, and the kind.
  const rows = connection
    .at(to)
    .prepareExact(`SELECT * FROM ${quoted(`dolt_diff_${table}`)}(?, ?) LIMIT ?`)
    .all(from, to, limit) as Row[]
  const half = names.length + 2
  const side = (row: Row, start: number): Record<string, Value> =>
    record(names, row.slice(start, start + names.length).map(plainValue))
  const diffs = rows.map((row): RowDiff => {
    const kind = row[2 * half] as DiffKind
    const start = kind === 'removed' ? half : 0
    return {
      kind,
      key: record(
        key,
        places.map((place) => plainValue(row[start + place]!)),
      ),
      before: kind === 'added' ? null : side(row, half),
      after: kind === 'removed' ? null : side(row, 0),
    }
  })
  return { diffs, isAll: rows.length < limit }
}
