import type { Schema } from '../../../types.ts'
import type { MergeCommits } from '../../conflict-candidates.ts'
import { Connection, quoted } from '../connection/connection.ts'
import { readSchema, tables } from '../tables/tables.ts'

/** A table that both sides of a merge changed, one of them its columns, types or key; a schema is undefined if there is no such table. */
export interface Reshaped {
  table: string
  base: Schema | undefined
  ours: Schema | undefined
  theirs: Schema | undefined
}

/** What the engine's merge must be watched over for; other tables cost nothing here. */
export function reshapedTables(connection: Connection, versions: MergeCommits): Reshaped[] {
  const { base, ours, theirs } = versions
  // The engine takes a table that was dropped where another one of its columns was made for one that was renamed.
  const names = [ours, theirs].flatMap((side) =>
    connection.all('SELECT from_table_name, to_table_name FROM dolt_schema_diff(?, ?)', base, side).flat(),
  ) as (string | null)[]
  const { tableHash } = tables(connection)
  return [...new Set(names)].flatMap((table) => {
    if (!table) return []
    const [before, our, their] = [base, ours, theirs].map((commit) => tableHash(commit, table))
    if (before === our || before === their || our === their) return []
    const [old, here, there] = [base, ours, theirs].map((commit) => readSchema(connection.at(commit), table))
    return [{ table, base: old, ours: here, theirs: there }]
  })
}

/** Runs `work` on a connection of its own that has three commits attached, as `base`, `ours` and `theirs`. */
export function withVersions<T>(path: string, versions: MergeCommits, work: (attached: Connection) => T): T {
  const attached = new Connection(':memory:')
  try {
    for (const name of ['base', 'ours', 'theirs'] as const)
      attached.get(`ATTACH ? AS ${name}`, `${path}/${versions[name]}`)
    return work(attached)
  } finally {
    attached.close()
  }
}

/** Whether two cells are not the same. (A column's type may make a text equal to a number.) */
export function isDifferent(a: string, b: string): string {
  return `(${a} IS NOT ${b} OR typeof(${a}) <> typeof(${b}))`
}

/** Whether two rows have the same key. */
export function sameKeyCells(key: readonly string[], a: string, b: string): string {
  return key
    .map(quoted)
    .map((cell) => `${a}.${cell} = ${b}.${cell} AND typeof(${a}.${cell}) = typeof(${b}.${cell})`)
    .join(' AND ')
}
