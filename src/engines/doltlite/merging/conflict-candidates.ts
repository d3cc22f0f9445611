import type { Row, Schema } from '../../../types.ts'
import {
  candidateKeys,
  mergedNames,
  type ConflictCandidate,
  type CandidateRows,
  type CandidateSql,
  type MergeCommits,
} from '../../conflict-candidates.ts'
import type { Cells } from '../../merge-row.ts'
import { quoted, type Connection } from '../connection/connection.ts'
import { isDifferent, sameKeyCells, withVersions, type Reshaped } from './changed-schemas.ts'
import { baseRows } from './retyped-base.ts'

/** Rows that the engine may merge wrongly, by table. (Those of a table without a key have their cells for a key.) */
export function conflictCandidates(
  connection: Connection,
  versions: MergeCommits,
  reshaped: readonly Reshaped[],
): Map<string, CandidateRows> {
  const keyed = reshaped.filter(({ ours, theirs }) => ours && theirs && ours.key.length > 0)
  if (keyed.length === 0) return new Map()
  return withVersions(
    connection.path,
    versions,
    (attached) => new Map(keyed.map((one) => [one.table, candidateRows(attached, one)])),
  )
}

/** @param attached has the versions, as `base`, `ours` and `theirs` */
function candidateRows(attached: Connection, one: Reshaped): CandidateRows {
  const { table, base, ours, theirs } = one
  const own = { base: baseRows(attached, one), ours: `ours.${quoted(table)}`, theirs: `theirs.${quoted(table)}` }
  const schemas = { base, ours: ours!, theirs: theirs! }
  const names = mergedNames(schemas)
  const { key } = schemas.ours
  const sql: CandidateSql = {
    table: (version) => own[version],
    quoted,
    differs: (column, a, b) => isDifferent(`${a}.${quoted(column)}`, `${b}.${quoted(column)}`),
    sameKey: sameKeyCells,
  }
  const keys = attached.prepareExact(candidateKeys(schemas, sql)).all() as Row[]
  const inBase = base && rowReader(attached, own.base, base, names)
  const inOurs = rowReader(attached, own.ours, schemas.ours, names)
  const inTheirs = rowReader(attached, own.theirs, schemas.theirs, names)
  const rows = keys.map((cells): ConflictCandidate => ({
    key: cells,
    base: inBase?.(cells) ?? null,
    ours: inOurs(cells),
    theirs: inTheirs(cells),
  }))
  return { names, key, rows }
}

/** Reads a row by its key: its cells, undefined in columns that the table doesn't have; null if there is no such row. */
function rowReader(
  attached: Connection,
  rows: string,
  { columns, key }: Schema,
  merged: string[],
): (cells: Row) => Cells | null {
  const own = columns.map(({ name }) => name)
  const where = key.map((name) => `${quoted(name)} = ? AND typeof(${quoted(name)}) = typeof(?)`).join(' AND ')
  const statement = attached.prepareExact(`SELECT ${own.map(quoted).join(', ')} FROM ${rows} WHERE ${where}`)
  return (cells) => {
    const row = statement.get(...cells.flatMap((cell) => [cell, cell])) as Row | undefined
    return row ? merged.map((name) => (own.includes(name) ? row[own.indexOf(name)] : undefined)) : null
  }
}
