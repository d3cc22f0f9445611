import { DoltflowError, reasonOf } from '../../../errors.ts'
import type { ConflictWord, Hash, Row } from '../../../types.ts'
import { conflictsOf, type ConflictCandidate, type CandidateRows, type ListedRows } from '../../conflict-candidates.ts'
import type { Merged, MergeSignature } from '../../engine.ts'
import { mergeRow, isConflict, type Cells } from '../../merge-row.ts'
import { conflictingSchemas } from '../../schema-conflict.ts'
import { commit } from '../branches/commit.ts'
import { refuseDirty } from '../branches/move.ts'
import { headOf } from '../branches/refs.ts'
import type { Connection } from '../connection/connection.ts'
import { literal, quoted } from '../connection/sql.ts'
import { readSchema, tableNames, textOf, valueOf, type StoredSchema } from '../tables/columns.ts'
import { conflictCandidates, mendMistaken, type MistakableRows } from './conflict-candidates.ts'
import { closeAllGaps, isKeylessTable, settleKeyless } from './keyless.ts'

/** Why tables can't be merged whose columns are alike. */
export const BROKEN = 'together, the rows of both sides break a constraint or a unique index'
/** How far back a merge is looked for whose answer was lost. */
const DEPTH = 1000

/**
 * Merges a commit into `target`, three-way, by row and cell.
 * @throws {RefusedError} BRANCH_DIRTY, SCHEMA_CONFLICT
 */
export async function merge(
  connection: Connection,
  target: string,
  theirs: Hash,
  policy: ConflictWord,
  { always = false, listAll = false, ...signature }: MergeSignature,
): Promise<Merged> {
  await connection.use(target)
  return connection.transaction(async (): Promise<Merged> => {
    await refuseDirty(connection, target)
    const before = await headOf(connection, target)
    const base = await connection.cell<Hash>('SELECT dolt_merge_base(?, ?)', [before, theirs])
    const candidates = base
      ? await conflictCandidates(connection, { base, ours: before!, theirs })
      : new Map<string, MistakableRows>()
    await connection.use(target)
    const all: TableConflicts[] = []
    const keyless: string[] = []
    let conflicts: number
    try {
      const row = await connection.row("CALL dolt_merge(?, '--no-ff', '--no-commit')", [theirs])
      conflicts = Number(row![2])
      if (/up.to.date/i.test(String(row![3]))) return { commit: before!, merged: false }
    } catch (error) {
      throw await schemaConflict(connection, error, target, theirs)
    }
    if (conflicts > 0) {
      const violated = (await connection.rows('SELECT `table` FROM dolt_constraint_violations')).map(String)
      if (violated.length > 0) throw conflictingSchemas(theirs, violated, BROKEN)
      const conflicting = (await connection.rows('SELECT `table`, num_conflicts FROM dolt_conflicts')) as [
        string,
        unknown,
      ][]
      if (conflicting.length === 0 || (await schemaConflicts(connection)).length > 0)
        throw await schemaConflict(connection, undefined, target, theirs)
      for (const [table] of conflicting)
        if (await isKeylessTable(connection, table)) keyless.push(table)
        else if (!candidates.has(table)) all.push(await sides(connection, table, theirs))
        else await connection.run(`DELETE FROM ${quoted(`dolt_conflicts_${table}`)}`)
    }
    await mendMistaken(connection, candidates)
    for (const [table, rows] of candidates) all.push(await inShape(connection, table, rows))
    if (policy === 'fail' && all.some(({ rows }) => rows.some(isConflict)))
      return conflictsOf(all.map(listed), { listAll })
    for (const table of keyless) await settleKeyless(connection, table)
    await closeAllGaps(connection)
    for (const one of all) await settle(connection, one, policy === 'theirs' ? 'theirs' : 'ours')
    const same = await connection.cell("SELECT dolt_hashof_db('WORKING') = dolt_hashof_db('HEAD')")
    if (!always && Number(same) === 1) return { commit: before!, merged: false }
    return { commit: await commit(connection, signature, always), merged: true }
  })
}

/** The commit of a merge that was done, but whose answer was lost: its message has the action's own id. */
export async function publishedMerge(
  connection: Connection,
  target: string,
  message: string,
): Promise<Hash | undefined> {
  const [row] = await connection.rowsOfDatabase(
    `SELECT commit_hash FROM (SELECT * FROM dolt_log(${literal(target)}, '--parents') LIMIT ${DEPTH}) AS log WHERE message = ? AND parents LIKE '%,%' LIMIT 1`,
    [message],
  )
  return row?.[0] as Hash | undefined
}

async function schemaConflicts(connection: Connection): Promise<string[]> {
  return (await connection.rows('SELECT table_name FROM dolt_schema_conflicts')).map(([table]) => table as string)
}

/** What the engine says of tables that it can't merge is no more than that. Anything else goes through as it is. */
async function schemaConflict(connection: Connection, error: unknown, target: string, theirs: Hash): Promise<unknown> {
  const reason = error === undefined ? 'schema conflicts' : reasonOf(error)
  if (error instanceof DoltflowError && error.code !== 'ENGINE_FAILED') return error
  const named = /table with same name '([^']*)'/.exec(reason)?.[1]
  const tables =
    named === undefined && error === undefined ? await schemaConflicts(connection) : named === undefined ? [] : [named]
  if (
    error !== undefined &&
    !/can't be merged|incompatible|schema conflict|different primary keys|merge (failed|conflict)|primary key/i.test(
      reason,
    )
  )
    return error
  if (tables.length > 0) return conflictingSchemas(theirs, tables, 'both sides changed its columns, or made it', error)
  return conflictingSchemas(theirs, await otherKeys(connection, target, theirs), 'its keys differ', error)
}

/** Tables that two revisions both have, with other keys: of these the engine says no name. */
async function otherKeys(connection: Connection, target: string, theirs: Hash): Promise<string[]> {
  const keys = async (revision: string): Promise<Map<string, string>> => {
    await connection.use(revision)
    const all = new Map<string, string>()
    for (const table of await tableNames(connection))
      all.set(table, (await readSchema(connection, table))!.key.join('\0'))
    return all
  }
  const [ours, other] = [await keys(target), await keys(theirs)]
  return [...ours.keys()].filter((table) => other.has(table) && other.get(table) !== ours.get(table))
}

/** A table's conflicting rows. The engine takes a column that both sides added for a conflict in rows where one left it empty. */
interface TableConflicts {
  table: string
  schema: StoredSchema
  rows: ConflictCandidate[]
}

async function sides(connection: Connection, table: string, theirs: Hash): Promise<TableConflicts> {
  const schema = (await readSchema(connection, table))!
  const names = schema.columns.map((column) => column.name)
  const width = async (revision: string): Promise<number> => (await columnsAsOf(connection, table, revision)).length
  const all = (await connection.rows(`SHOW COLUMNS FROM ${quoted(`dolt_conflicts_${table}`)}`)).map(
    ([name]) => name as string,
  )
  // By their places, since names may clash: from_root_ish, base, ours, our_diff_type, theirs, their_diff_type, id.
  const theirEnd = all.length - 2
  const theirStart = theirEnd - (await width(theirs))
  const ourStart = theirStart - 1 - (await width('HEAD'))
  // Within each version the key comes first, wherever it stands in the table.
  const own = (start: number, end: number, prefix: string): string[] =>
    all.slice(start, end).map((name) => name.slice(prefix.length))
  const base = own(1, ourStart, 'base_')
  const ours = own(ourStart, theirStart - 1, 'our_')
  const theirsNames = own(theirStart, theirEnd, 'their_')
  // A column that a side doesn't have is NULL there.
  const side = (row: Row, start: number, columns: string[]): Row =>
    names.map((name) => (columns.includes(name) ? row[start + columns.indexOf(name)]! : null))
  const keyAt = schema.key.map((name) => names.indexOf(name))
  const rows = (await connection.rows(`SELECT * FROM ${quoted(`dolt_conflicts_${table}`)}`)).map(
    (row): ConflictCandidate => {
      const before = side(row, 1, base)
      const our = row[theirStart - 1] === 'removed' ? null : side(row, ourStart, ours)
      const their = row.at(-2) === 'removed' ? null : side(row, theirStart, theirsNames)
      return {
        key: keyAt.map((at) => (our ?? their)![at]!),
        base: keyAt.every((at) => before[at] === null) ? null : before,
        ours: our,
        theirs: their,
      }
    },
  )
  return { table, schema, rows }
}

/** Candidates with the merged table's columns in its order. */
async function inShape(connection: Connection, table: string, { names, rows }: CandidateRows): Promise<TableConflicts> {
  const schema = (await readSchema(connection, table))!
  const places = schema.columns.map(({ name }) => names.indexOf(name))
  const shaped = (cells: Cells | null): Cells | null => cells && places.map((place) => cells[place])
  return {
    table,
    schema,
    rows: rows.map(({ key, base, ours, theirs }) => ({
      key,
      base: shaped(base),
      ours: shaped(ours),
      theirs: shaped(theirs),
    })),
  }
}

async function columnsAsOf(connection: Connection, table: string, revision: string): Promise<string[]> {
  return (await connection.rows(`SHOW COLUMNS FROM ${quoted(table)} AS OF ${literal(revision)}`)).map(
    ([name]) => name as string,
  )
}

function listed({ table, schema, rows }: TableConflicts): ListedRows {
  const names = schema.columns.map((column) => column.name)
  return { table, names, key: schema.key, rows, shown: (cell, place) => valueOf(cell, schema.columns[place]!) }
}

/** Decides each conflicting row, cell by cell. */
async function settle(
  connection: Connection,
  { table, schema, rows }: TableConflicts,
  policy: 'ours' | 'theirs',
): Promise<void> {
  const where = schema.key.map((name) => `${quoted(name)} = ?`).join(' AND ')
  const put = `INSERT INTO ${quoted(table)} (${schema.columns.map((column) => quoted(column.name)).join(', ')}) VALUES (?)`
  for (const side of rows) {
    const chosen = mergeRow(side, policy)
    await connection.run(`DELETE FROM ${quoted(table)} WHERE ${where}`, side.key)
    if (chosen) await connection.run(put, [chosen.map((cell) => textOf(cell))])
  }
  await connection.run(`DELETE FROM ${quoted(`dolt_conflicts_${table}`)}`)
}
