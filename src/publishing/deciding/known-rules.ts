import type { Session } from '../../engines/engine.ts'
import { UsageError } from '../../errors.ts'
import { namedRules } from '../../model/conflict-rules.ts'
import { listed } from '../../model/name-lists.ts'
import type { ConflictPolicy, Hash } from '../../types.ts'

/**
 * Looks whether each table and column that rules name is there: a slip would decide nothing.
 * @throws {UsageError} OPTION_INVALID
 */
export async function requireKnown(
  session: Session,
  policies: readonly ConflictPolicy[],
  commits: readonly Hash[],
): Promise<void> {
  const named = policies.flatMap(namedRules).filter(({ table, column }) => table !== undefined || column !== '*')
  if (named.length === 0) return
  const columns = new Map<string, Set<string>>()
  for (const commit of commits)
    for (const table of await session.tables(commit)) {
      const known = columns.get(table) ?? new Set()
      for (const { name } of (await session.schema(commit, table))?.columns ?? []) known.add(name)
      columns.set(table, known)
    }
  for (const { table, column } of named) {
    const those = table === undefined ? [...columns.values()] : [columns.get(table) ?? new Set<string>()]
    if (column === '*' ? columns.has(table!) : those.some((one) => one.has(column))) continue
    const what =
      table === undefined
        ? `No table has a column ${column}`
        : columns.has(table)
          ? `Table ${table} has no column ${column}`
          : `There is no table ${table}`
    const known =
      table !== undefined && columns.has(table)
        ? [...columns.get(table)!]
        : [...columns.keys()].filter((name) => !name.startsWith('_doltflow'))
    throw new UsageError(
      'OPTION_INVALID',
      `${what}, which a rule for conflicts names. There ${known.length === 1 ? 'is' : 'are'}: ${listed(known)}.`,
      { data: { option: 'onConflict', table, column } },
    )
  }
}
