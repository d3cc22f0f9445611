import type { Session } from '../../engines/engine.ts'
import { diffPages } from '../../history/row-diffs.ts'
import { sameValue } from '../../model/cells.ts'
import type { Hash } from '../../types.ts'

/** So many rows are looked at, at most: a cause is words, and must not take as long as the step. */
const LOOKED_AT = 2000

/** The columns with other cells in rows that two commits have, in the table's order; of the first rows that differ. */
export async function cellChanges(session: Session, from: Hash, to: Hash, table: string): Promise<string[]> {
  const columns = (await session.schema(to, table))!.columns.map(({ name }) => name)
  const changed = new Set<string>()
  let count = 0
  for await (const { before, after } of diffPages(session, { from, to }, table)) {
    if (++count > LOOKED_AT || changed.size === columns.length) break
    if (!before || !after) continue
    for (const name of columns) if (!sameValue(before[name] ?? null, after[name] ?? null)) changed.add(name)
  }
  return columns.filter((name) => changed.has(name))
}
