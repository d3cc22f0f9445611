import type { Cells } from '../../engines/merge-row.ts'
import { record } from '../../engines/values.ts'
import type { ConflictCell, Value } from '../../types.ts'
import type { OpenRow } from './merge.ts'
import type { RowConflict } from './row-conflict.ts'

/** What of a row nothing decides: each cell, or the row as a whole. */
export function cellsInConflict({ row, places }: OpenRow): ConflictCell[] {
  const { table, conflict } = row
  const open = { decision: null, value: null }
  if (places.length === 0) {
    const [base, ours, theirs] = [row.base, row.ours, row.theirs].map((side) => named(row, side))
    return [{ table, key: conflict.key, column: null, base: base!, ours: ours!, theirs: theirs!, ...open }]
  }
  return places.map((place) => {
    const [base, ours, theirs] = [row.base, row.ours, row.theirs].map((side) => side?.[place] ?? null) as [
      Value,
      Value,
      Value,
    ]
    return { table, key: conflict.key, column: row.names[place]!, base, ours, theirs, ...open }
  })
}

function named({ names }: RowConflict, cells: Cells | null): Record<string, Value> | null {
  return (
    cells &&
    record(
      names,
      cells.map((cell) => cell ?? null),
    )
  )
}
