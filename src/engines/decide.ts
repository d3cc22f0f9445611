import type { Row } from '../types.ts'

/** One side each of a conflicting row: its cells, or null where it has deleted the row, or never had it. */
export interface Sides {
  base: Row | null
  ours: Row | null
  theirs: Row | null
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
