import type { DiffKind, Hash, Row, RowDiff, Schema, Value } from '../../../types.ts'
import { plainValue, record } from '../../values.ts'
import { quoted, type Connection } from '../connection/connection.ts'

const PAGE_ROWS = 1000

/** Whether the engine's own diff has every cell of both sides: their columns are the same, at the same places. */
export function isDirect(before: Schema, after: Schema): boolean {
  const shape = ({ columns }: Schema): string => JSON.stringify(columns.map(({ name, type }) => [name, type]))
  return shape(before) === shape(after)
}

/** The rows that differ, with their cells, from one walk of the engine's diff. */
export function directDiff(
  connection: Connection,
  from: Hash,
  to: Hash,
  table: string,
  { columns, key }: Schema,
): { next(): RowDiff[] | undefined; close(): void } {
  const names = columns.map(({ name }) => name)
  const count = names.length
  const places = key.map((name) => names.indexOf(name))
  // Its columns are those of the later side, its commit and date, those of the earlier side, and the kind.
  const statement = connection.at(to).prepareExact(`SELECT * FROM ${quoted(`dolt_diff_${table}`)}(?, ?)`)
  const rows = (statement.iterate(from, to) as Iterable<Row>)[Symbol.iterator]()
  const half = count + 2
  const side = (row: Row, start: number): Record<string, Value> =>
    record(names, row.slice(start, start + count).map(plainValue))
  const diffOf = (row: Row): RowDiff => {
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
  }
  return {
    next() {
      const page: RowDiff[] = []
      for (let next = rows.next(); !next.done; next = rows.next()) {
        page.push(diffOf(next.value))
        if (page.length === PAGE_ROWS) return page
      }
      return page.length === 0 ? undefined : page
    },
    close: () => void rows.return?.(),
  }
}
