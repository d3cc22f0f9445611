import type { ConflictWord, Hash } from '../../../types.ts'
import { conflictsOf, type ListedRows } from '../../conflict-candidates.ts'
import type { Merged, MergeSignature } from '../../engine.ts'
import { isConflict } from '../../merge-row.ts'
import { conflictingSchemas } from '../../schema-conflict.ts'
import { hasSameTables, type MemoryDatabase, type Tables } from '../branches/database.ts'
import type { MemoryTable } from '../tables/table.ts'
import { decide, mergeTables, type MergedTable } from './merge-tables.ts'

/** Merges a commit into a branch, three-way, by row and cell. @throws {RefusedError} SCHEMA_CONFLICT */
export function merge(
  database: MemoryDatabase,
  branch: string,
  theirs: Hash,
  policy: ConflictWord,
  { always = false, listAll = false, ...signature }: MergeSignature,
): Merged {
  const head = database.headOf(branch)
  const base = database.mergeBase(head.hash, theirs)
  const from: Tables = base === undefined ? new Map() : database.at(base).tables
  const all = mergeAll(from, head.tables, database.at(theirs).tables)
  if ('reason' in all) throw conflictingSchemas(theirs, [all.table], all.reason)
  if (policy === 'fail' && all.conflicts.length > 0) return conflictsOf(all.conflicts, { listAll })
  const tables = settled(all.tables, policy === 'theirs' ? 'theirs' : 'ours')
  if (!always && hasSameTables(head.tables, tables)) return { commit: head.hash, merged: false }
  return { commit: database.commitOn(branch, tables, signature, [head.hash, theirs]), merged: true }
}

/** Every table of two sides, merged, and the rows that conflict; or the first that can't be merged. */
export function mergeAll(
  base: Tables,
  ours: Tables,
  theirs: Tables,
): { tables: Map<string, MergedTable>; conflicts: ListedRows[] } | { table: string; reason: string } {
  const tables = new Map<string, MergedTable>()
  const conflicts: ListedRows[] = []
  for (const table of [...new Set([...ours.keys(), ...theirs.keys()])].toSorted()) {
    const merged = mergeTables({ base: base.get(table), ours: ours.get(table), theirs: theirs.get(table) })
    if ('reason' in merged) return { table, reason: merged.reason }
    tables.set(table, merged)
    if (merged.conflicts.rows.some(isConflict)) conflicts.push({ table, ...merged.conflicts })
  }
  return { tables, conflicts }
}

/** The tables with their conflicts decided. */
export function settled(merged: ReadonlyMap<string, MergedTable>, policy: 'ours' | 'theirs'): Tables {
  const tables = new Map<string, MemoryTable>()
  for (const [name, one] of merged) {
    const table = decide(one, policy)
    if (table) tables.set(name, table)
  }
  return tables
}
