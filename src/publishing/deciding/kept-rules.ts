import type { Session } from '../../engines/engine.ts'
import type { ColumnRules, TableRules } from '../../model/conflict-rules.ts'
import { RECORDS_BRANCH, RULES_TABLE } from '../../model/names.ts'
import { newId } from '../../system/id.ts'
import type { ConflictRules, Value } from '../../types.ts'

/*
 * A table's own rules for conflicts are kept as checks are: as events, which are only ever added. So they are versioned, travel with
 * push, pull and clone, and two clones' rules never conflict. The last event of a table counts.
 */

const COLUMNS = ['id', 'table_name', 'event', 'at', 'author', 'rules'] as const

/** Writes that rules hold for a table from now on, or no longer do. */
export async function writeRules(
  session: Session,
  { table, rules, at, author }: TableRules,
  event: 'set' | 'removed',
): Promise<void> {
  // In pairs: a column may have any name, and keeps its place.
  const row: Value[] = [newId(), table, event, at, author, JSON.stringify(Object.entries(rules))]
  await session.appendRecord({
    branch: RECORDS_BRANCH,
    table: RULES_TABLE,
    columns: COLUMNS.map((name) => ({ name, type: 'text' })),
    lookups: [],
    row,
    message: `rules of ${table} ${event}`,
    author,
  })
}

/** The rules that tables keep, by table. */
export async function readRules(session: Session): Promise<TableRules[]> {
  if ((await session.head(RECORDS_BRANCH)) === undefined) return []
  const kept = new Map<string, TableRules>()
  for (const { table_name, event, at, author, rules } of await session.records(RECORDS_BRANCH, RULES_TABLE, {
    where: {},
    order: ['id'],
  })) {
    const table = String(table_name)
    const pairs = JSON.parse(String(rules)) as [string, ColumnRules[string]][]
    if (event === 'removed') kept.delete(table)
    else kept.set(table, { table, rules: Object.fromEntries(pairs), at: String(at), author: String(author) })
  }
  return [...kept.values()].toSorted((a, b) => (a.table < b.table ? -1 : 1))
}

/** What tables decide themselves; undefined if none does. */
export async function keptPolicy(session: Session): Promise<ConflictRules | undefined> {
  const kept = await readRules(session)
  return kept.length === 0 ? undefined : Object.fromEntries(kept.map(({ table, rules }) => [table, rules]))
}
