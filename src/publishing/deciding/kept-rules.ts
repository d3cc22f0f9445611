import type { Session } from '../../engines/engine.ts'
import { appendOwn, readOwn, type OwnTable } from '../../history/own-records.ts'
import type { ColumnRules, TableRules } from '../../model/conflict-rules.ts'
import { RULES_TABLE } from '../../model/names.ts'
import { newId } from '../../system/id.ts'
import type { ConflictRules } from '../../types.ts'

/*
 * A table's own rules for conflicts are kept as checks are: as events, which are only ever added. So they are versioned, travel with
 * push, pull and clone, and two clones' rules never conflict. The last event of a table counts.
 */

const RULES: OwnTable = { table: RULES_TABLE, columns: ['id', 'table_name', 'event', 'at', 'author', 'rules'] }

/** Writes that rules hold for a table from now on, or no longer do. */
export async function writeRules(
  session: Session,
  { table, rules, at, author }: TableRules,
  event: 'set' | 'removed',
): Promise<void> {
  // In pairs: a column may have any name, and keeps its place.
  const row = [newId(), table, event, at, author, JSON.stringify(Object.entries(rules))]
  await appendOwn(session, RULES, row, { message: `rules of ${table} ${event}`, author })
}

/** The rules that tables keep, by table. */
export async function readRules(session: Session): Promise<TableRules[]> {
  const kept = new Map<string, TableRules>()
  for (const { table_name, event, at, author, rules } of await readOwn(session, RULES)) {
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
