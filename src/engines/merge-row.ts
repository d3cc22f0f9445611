import { sameValue } from '../model/cells.ts'
import type { Row, Value } from '../types.ts'

/** A row's cells, in the order of the merged table's columns; undefined in a column that this side's table doesn't have. */
export type Cells = readonly (Value | undefined)[]

/** One side each of a conflicting row: its cells, or null if it has deleted the row, or never had it. */
export interface RowSides {
  base: Cells | null
  ours: Cells | null
  theirs: Cells | null
}

/** Whether two sides changed the same cell, or one has deleted what the other changed. */
export function isConflict({ base, ours, theirs }: RowSides): boolean {
  if (!ours || !theirs) return true
  return ours.some((cell, index) => {
    const other = theirs[index]
    if (cell === undefined || other === undefined || sameValue(cell, other)) return false
    return !base || (!sameValue(cell, base[index]) && !sameValue(other, base[index]))
  })
}

/**
 * What becomes of a conflicting row: a cell that one side alone changed, or has a column for, keeps that change, and the
 * policy decides those that both did. (The engines' own policies take the whole row, and lose the other side's other
 * cells.)
 */
export function mergeRow({ base, ours, theirs }: RowSides, policy: 'ours' | 'theirs'): Row | null {
  const preferred = policy === 'ours' ? ours : theirs
  if (!ours || !theirs) return preferred && preferred.map((cell) => cell ?? null)
  return ours.map((cell, index) => {
    const other = theirs[index]
    if (cell === undefined) return other ?? null
    if (other === undefined) return cell
    if (base && sameValue(cell, base[index])) return other
    if (base && sameValue(other, base[index])) return cell
    return preferred![index]!
  })
}
