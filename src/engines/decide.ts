import type { Row } from '../types.ts'

/** One side each of a conflicting row: its cells, or null where it has deleted the row, or never had it. */
export interface Sides {
  base: Row | null
  ours: Row | null
  theirs: Row | null
}

/** Whether two sides changed the same cell, or one has deleted what the other changed. */
export function isConflict({ base, ours, theirs }: Sides): boolean {
  if (!ours || !theirs) return true
  return ours.some(
    (cell, index) => cell !== theirs[index] && !(base && (cell === base[index] || theirs[index] === base[index])),
  )
}

/**
 * What becomes of a conflicting row: a cell that one side alone changed keeps that change, and the policy decides
 * those that both did. (The engines' own policies take the whole row, and lose the other side's other cells.)
 */
export function decided({ base, ours, theirs }: Sides, policy: 'ours' | 'theirs'): Row | null {
  const preferred = policy === 'ours' ? ours : theirs
  if (!ours || !theirs) return preferred
  return ours.map((cell, index) => {
    if (base && cell === base[index]) return theirs[index]!
    if (base && theirs[index] === base[index]) return cell
    return preferred![index]!
  })
}
