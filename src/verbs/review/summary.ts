import type { Session } from '../../engines/engine.ts'
import { diffPages, type DiffRange } from '../../history/row-diffs.ts'
import { sameValue } from '../../model/cells.ts'
import type { DiffKind, RowDiff, Value } from '../../types.ts'

/** So many rows of each kind are shown. */
const SAMPLES = 5

/** What the cells of a column are like, of the changed rows. */
export interface Distribution {
  /** How many cells have a value. */
  values: number
  /** How many are NULL. */
  nulls: number
  /** How many of the values are numbers. */
  numbers: number
  /** The least number; null if none is. */
  least: number | bigint | null
  /** The greatest number; null if none is. */
  greatest: number | bigint | null
  /** The numbers' mean; null if none is. */
  mean: number | null
}

/** What became of a column in the changed rows. */
export interface ColumnReview {
  /** Its name. */
  column: string
  /** How many cells of rows that both sides have differ. */
  changed: number
  /** Its cells in the rows that were modified or removed, as they were. */
  before: Distribution
  /** Its cells in the rows that were modified or added, as they are. */
  after: Distribution
}

/**
 * In one walk over the changed rows: their columns, and the first rows of each kind.
 * @param look what else looks at each row
 */
export async function summarize(
  session: Session,
  range: DiffRange,
  table: string,
  names: readonly string[],
  look: (row: RowDiff) => void,
): Promise<{ columns: ColumnReview[]; samples: RowDiff[] }> {
  const columns = names.map((column) => ({ column, changed: 0, before: nothing(), after: nothing() }))
  const samples: Record<DiffKind, RowDiff[]> = { added: [], modified: [], removed: [] }
  for await (const row of diffPages(session, range, table)) {
    const { kind, before, after } = row
    look(row)
    if (samples[kind].length < SAMPLES) samples[kind].push(row)
    for (const one of columns) {
      if (before) count(one.before, before[one.column])
      if (after) count(one.after, after[one.column])
      if (before && after && !sameValue(before[one.column], after[one.column])) one.changed++
    }
  }
  return {
    columns: columns.toSorted((a, b) => b.changed - a.changed),
    samples: [...samples.added, ...samples.modified, ...samples.removed],
  }
}

function nothing(): Distribution {
  return { values: 0, nulls: 0, numbers: 0, least: null, greatest: null, mean: null }
}

function count(found: Distribution, value: Value | undefined): void {
  if (value === null || value === undefined) {
    found.nulls++
    return
  }
  found.values++
  if (typeof value !== 'number' && typeof value !== 'bigint') return
  found.numbers++
  if (found.least === null || value < found.least) found.least = value
  if (found.greatest === null || value > found.greatest) found.greatest = value
  found.mean = (found.mean ?? 0) + (Number(value) - (found.mean ?? 0)) / found.numbers
}
