import { sameRow } from '../../../model/cells.ts'
import { sameKey } from '../../../model/schema-diff.ts'
import type { DiffKind, Row, RowDiff, Value } from '../../../types.ts'
import { COPY, HIDDEN, POSITION, ROW } from '../../keyless.ts'
import { plainValue, record } from '../../values.ts'
import { byCells, placesOf, type MemoryTable } from './table.ts'

/** The rows of a table that differ, in key order; those of a table without a key in the order in which they were saved. */
export function diffRows(before: MemoryTable | undefined, after: MemoryTable | undefined): RowDiff[] {
  if (before?.hash === after?.hash) return []
  if (!before || !after || !sameKey(before.shown, after.shown))
    return [
      ...(before?.ordered ?? []).map((row) => lone('removed', before!, row)),
      ...(after?.ordered ?? []).map((row) => lone('added', after!, row)),
    ]
  const differing: { kind: DiffKind; row: Row; diff: RowDiff }[] = []
  for (const [key, row] of before.rows)
    if (!after.rows.has(key)) differing.push({ kind: 'removed', row, diff: lone('removed', before, row) })
  for (const [key, row] of after.rows) {
    const old = before.rows.get(key)
    if (!old) differing.push({ kind: 'added', row, diff: lone('added', after, row) })
    else if (!after.isKeyless && hasChanged(before, old, after, row))
      differing.push({
        kind: 'modified',
        row,
        diff: { ...lone('added', after, row), kind: 'modified', before: shown(before, old) },
      })
  }
  const order = ({ kind, row }: { kind: DiffKind; row: Row }): Row => {
    const { schema } = kind === 'removed' ? before : after
    return placesOf(schema, after.isKeyless ? [POSITION, ROW, COPY] : after.schema.key).map((at) => row[at]!)
  }
  const width = after.isKeyless ? 3 : after.schema.key.length
  const compare = byCells(Array.from({ length: width }, (_, at) => at))
  return differing.toSorted((a, b) => compare(order(a), order(b))).map(({ diff }) => diff)
}

function lone(kind: 'added' | 'removed', table: MemoryTable, row: Row): RowDiff {
  const cells = shown(table, row)
  const { key } = table.shown
  const values = key.map((name) => cells[name]!)
  return {
    kind,
    key: record(key, values),
    before: kind === 'removed' ? cells : null,
    after: kind === 'added' ? cells : null,
  }
}

/** A row by its columns' names, without those of our own. */
function shown(table: MemoryTable, row: Row): Record<string, Value> {
  const { columns } = table.shown
  return record(
    columns.map(({ name }) => name),
    shownCells(table, row),
  )
}

export function shownCells(table: MemoryTable, row: Row): Row {
  return (table.isKeyless ? row.slice(HIDDEN.length) : row).map(plainValue)
}

/** By the columns' names: a column that one of the two doesn't have counts if it has a value. */
function hasChanged(before: MemoryTable, old: Row, after: MemoryTable, row: Row): boolean {
  return !sameRow(shown(before, old), shown(after, row))
}
