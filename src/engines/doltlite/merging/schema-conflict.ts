import type { Schema } from '../../../types.ts'
import type { MergeCommits } from '../../conflict-candidates.ts'
import {
  columnsOnlyIn,
  DROPPED_AND_CHANGED,
  droppedAndFilled,
  MADE_TWICE,
  schemaConflictReason,
  type Unmergeable,
} from '../../schema-conflict.ts'
import { quoted, type Connection } from '../connection/connection.ts'
import { isDifferent, sameKeyCells, withVersions, type Reshaped } from './changed-schemas.ts'
import { baseRows } from './retyped-base.ts'

/**
 * The first table that the engine would merge wrongly, or not at all: it takes a column that is dropped where another
 * is added for one that was renamed; it puts cells that were stored under one type into a column of another, so that
 * they come back as other text; and it drops a table or a column that the other side has put new cells into.
 */
export function findUnmergeable(
  connection: Connection,
  versions: MergeCommits,
  reshaped: readonly Reshaped[],
): Unmergeable | undefined {
  for (const one of reshaped) {
    const reason = whyNot(connection, versions, one)
    if (reason !== undefined) return { table: one.table, reason }
  }
  return undefined
}

function whyNot(connection: Connection, versions: MergeCommits, one: Reshaped): string | undefined {
  const { base, ours, theirs } = one
  if (!ours || !theirs) return DROPPED_AND_CHANGED
  const isMadeTwice = !base && !hasSameColumns(ours, theirs)
  return schemaConflictReason(base, ours, theirs) ?? (isMadeTwice ? MADE_TWICE : filled(connection, versions, one))
}

/** In the same order: the engine tells columns of new tables by their places. */
function hasSameColumns(a: Schema, b: Schema): boolean {
  return JSON.stringify(a.columns) === JSON.stringify(b.columns)
}

function filled(connection: Connection, versions: MergeCommits, one: Reshaped): string | undefined {
  if (!one.base) return undefined
  const { base } = one
  const candidates = (['ours', 'theirs'] as const)
    .flatMap((dropping) =>
      columnsOnlyIn(base, one[dropping]!).map(
        (column) => ({ column, keeping: dropping === 'ours' ? 'theirs' : 'ours' }) as const,
      ),
    )
    .filter(({ column, keeping }) => one[keeping]!.columns.some(({ name }) => name === column))
  if (candidates.length === 0) return undefined
  return withVersions(connection.path, versions, (attached) => {
    for (const { column, keeping } of candidates) {
      const row = attached.get(
        `SELECT 1 FROM ${keeping}.${quoted(one.table)} s LEFT JOIN ${baseRows(attached, one)} b ON ${sameKeyCells(base.key, 'b', 's')} WHERE ${isDifferent(`s.${quoted(column)}`, `b.${quoted(column)}`)} LIMIT 1`,
      )
      if (row) return droppedAndFilled(column)
    }
    return undefined
  })
}
