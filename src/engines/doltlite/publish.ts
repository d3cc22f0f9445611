import { DoltflowError, RefusedError } from '../../errors.ts'
import type { Conflict, ConflictPolicy, Hash, Row, Value } from '../../types.ts'
import { decided, type Sides } from '../decide.ts'
import type { Merged, Signature } from '../engine.ts'
import { commit } from './build.ts'
import { quoted, type Connection } from './connection.ts'
import { uncommitted } from './refs.ts'
import { readSchema } from './tables.ts'
import { plainValue, record } from '../values.ts'

/** How many conflicting rows an error lists. */
const LISTED = 1000

/** Moves `target` from `from` to `to`; false where it has moved meanwhile. */
export function fastForward(connection: Connection, target: string, from: Hash, to: Hash): boolean {
  connection.use(target)
  return connection.exclusively(() => {
    if (connection.cell('SELECT dolt_hashof(?)', target) !== from) return false
    refuseDirty(connection, target)
    connection.get("SELECT dolt_reset('--hard', ?)", to)
    connection.exec('COMMIT')
    return true
  })
}

/** Merges a commit into `target`, three-way, by row and cell. */
export function merge(
  connection: Connection,
  target: string,
  theirs: Hash,
  policy: ConflictPolicy,
  signature: Signature,
): Merged {
  connection.use(target)
  return connection.exclusively((): Merged => {
    refuseDirty(connection, target)
    try {
      connection.get("SELECT dolt_merge(?, '--no-commit')", theirs)
    } catch (error) {
      const conflicting = connection.all('SELECT "table", num_conflicts FROM dolt_conflicts') as [string, number][]
      if (conflicting.length === 0) throw schemaConflict(connection, error, target, theirs)
      if (policy === 'fail') return conflictsOf(connection, conflicting)
      for (const [table] of conflicting) resolve(connection, table, policy)
    }
    if (uncommitted(connection).length === 0) return { commit: connection.cell<Hash>('SELECT dolt_hashof(?)', target)!, merged: false }
    return { commit: commit(connection, signature), merged: true }
  })
}

export function refuseDirty(connection: Connection, target: string): void {
  const tables = uncommitted(connection)
  if (tables.length > 0)
    throw new RefusedError(
      'BRANCH_DIRTY',
      `Branch ${target} has uncommitted changes in ${tables.join(', ')}, made by another program. Commit or reset them there, then try again.`,
      { data: { branch: target, tables } },
    )
}

/** What the engine says of tables that it can't merge is no more than that. Anything else goes through as it is. */
function schemaConflict(connection: Connection, error: unknown, target: string, theirs: Hash): unknown {
  const tables = connection.all('SELECT table_name FROM dolt_schema_conflicts').map(([table]) => table as string)
  const reason = error instanceof DoltflowError ? String(error.data['reason']) : ''
  if (tables.length === 0 && !/merge failed|schema conflict|conflicts detected/.test(reason)) return error
  return new RefusedError(
    'SCHEMA_CONFLICT',
    `Commit ${theirs} and branch ${target} have given ${tables.join(', ') || 'a table'} schemas that can't be merged. ` +
      'Save again, built on the head of the branch; or give both sides the same columns and types first.',
    { data: { branch: target, commit: theirs, tables }, cause: error },
  )
}

/** A conflicting row and its key. */
interface Conflicting extends Sides {
  key: Row
}

function sides(connection: Connection, table: string, limit: number): { names: string[]; key: string[]; rows: Conflicting[] } {
  const schema = readSchema(connection, table)!
  const names = schema.columns.map((column) => column.name)
  const width = names.length
  const keyAt = schema.key.map((name) => names.indexOf(name))
  const all = connection.prepareExact(`SELECT * FROM ${quoted(`dolt_conflicts_${table}`)} LIMIT ?`).all(limit) as Row[]
  // By their places, since names may clash: from_root_ish, base, ours, our_diff_type, theirs, their_diff_type, id.
  const rows = all.map(([, ...cells]): Conflicting => {
    const base = cells.slice(0, width)
    const ours = cells.slice(width, 2 * width)
    const ourChange = cells[2 * width]
    const theirs = cells.slice(2 * width + 1, 3 * width + 1)
    const theirChange = cells[3 * width + 1]
    const present = ourChange === 'removed' ? theirs : ours
    return {
      key: keyAt.map((at) => present[at]!),
      base: keyAt.every((at) => base[at] === null) ? null : base,
      ours: ourChange === 'removed' ? null : ours,
      theirs: theirChange === 'removed' ? null : theirs,
    }
  })
  return { names, key: schema.key, rows }
}

function conflictsOf(connection: Connection, conflicting: [string, number][]): Merged {
  const conflicts: Conflict[] = []
  for (const [table] of conflicting) {
    const { names, key, rows } = sides(connection, table, LISTED - conflicts.length)
    const named = (row: Row | null): Record<string, Value> | null => row && record(names, row.map(plainValue))
    for (const { key: values, base, ours, theirs } of rows)
      conflicts.push({
        table,
        key: record(key, values.map(plainValue)),
        base: named(base),
        ours: named(ours),
        theirs: named(theirs),
      })
    if (conflicts.length >= LISTED) break
  }
  const total = conflicting.reduce((sum, [, count]) => sum + count, 0)
  return { conflicts, total, tables: conflicting.map(([table]) => table) }
}

/** Decides each conflicting row, cell by cell. */
function resolve(connection: Connection, table: string, policy: 'ours' | 'theirs'): void {
  const { names, key, rows } = sides(connection, table, -1)
  const where = key.map((name) => `${quoted(name)} IS ?`).join(' AND ')
  const remove = `DELETE FROM ${quoted(table)} WHERE ${where}`
  const put = `INSERT INTO ${quoted(table)} (${names.map(quoted).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
  for (const side of rows) {
    const chosen = decided(side, policy)
    connection.get(remove, ...side.key)
    if (chosen) connection.get(put, ...chosen)
  }
  connection.exec(`DELETE FROM ${quoted(`dolt_conflicts_${table}`)}`)
}
