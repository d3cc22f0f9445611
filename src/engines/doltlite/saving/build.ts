import { SourceError } from '../../../errors.ts'
import { failpoint } from '../../../system/failpoint.ts'
import type { Column, SaveMode, Schema, Value } from '../../../types.ts'
import type { Built, Change, SourceLine, Signature, StageResult } from '../../engine.ts'
import { isUnmanaged, refuseUnmanaged } from '../../keyless.ts'
import { tableNameTaken, keyNull, keyExists, keyDuplicate } from '../../refusals.ts'
import type { Stager } from '../../staging/stager.ts'
import { commit } from '../branches/commit.ts'
import { uncommitted } from '../branches/refs.ts'
import { quoted, type Connection } from '../connection/connection.ts'
import { revert } from '../merging/revert.ts'
import { putKeyless } from '../tables/keyless.ts'
import { createStatement, declaredType, readSchema, readStored, similarTable } from '../tables/tables.ts'

/** A staged source, and what was found in it. */
export interface StagedFile {
  stager: Stager
  result: StageResult
}

/**
 * Applies a change on a scratch branch and commits it there.
 * @param each called after each part with the rows copied so far; may throw to stop
 */
export function build(
  connection: Connection,
  scratch: string,
  change: Change,
  signature: Signature,
  staged: StagedFile | undefined,
  each: (rows: number) => void,
): Built {
  connection.use(scratch)
  if (change.kind === 'revert') return revert(connection, scratch, change.commit, signature)
  if (staged) connection.get('ATTACH ? AS staging', staged.stager.path)
  try {
    return connection.exclusively(() => {
      failpoint('build-begun')
      if (change.kind === 'stage') put(connection, change, staged!, each)
      else if (change.kind === 'drop') connection.exec(`DROP TABLE ${quoted(change.table)}`)
      else connection.get("SELECT dolt_checkout(?, '--', ?)", change.from, change.table)
      failpoint('build-inserted')
      if (uncommitted(connection).length === 0) return { commit: undefined }
      return { commit: commit(connection, signature) }
    })
  } finally {
    if (staged) connection.exec('DETACH staging')
  }
}

function put(
  connection: Connection,
  { table, mode, schema, removed = [], inOrder = false }: Extract<Change, { kind: 'stage' }>,
  staged: StagedFile,
  each: (rows: number) => void,
): void {
  prepareTable(connection, table, schema, mode)
  const gone = `DELETE FROM ${quoted(table)} WHERE ${schema.key.map((name) => `${quoted(name)} IS ?`).join(' AND ')}`
  for (const key of removed) connection.get(gone, ...key)
  const names = staged.result.columns.map((column) => column.name)
  const told = (rows: number): void => {
    failpoint('build-part')
    each(rows)
  }
  if (schema.key.length === 0) return putKeyless(connection, table, names, { mode, inOrder }, staged.stager.parts, told)
  const columns = names.map(quoted).join(', ')
  const cells = names.map((_, index) => `c${index}`).join(', ')
  const conflict = mode === 'upsert' ? upsertClause(schema, names) : ''
  if (mode === 'upsert') refuseRepeatedKeys(connection, schema, names, staged)
  if (mode === 'replace') connection.exec(`DELETE FROM ${quoted(table)}`)
  let copied = 0
  // In parts, so that a save can tell how far it is and can be stopped.
  for (const { end, isLong } of staged.stager.parts) {
    try {
      connection.get(
        `INSERT INTO ${quoted(table)} (${columns}) SELECT ${cells} FROM staging.rows WHERE rowid > ? AND rowid <= ? ${conflict}`,
        copied,
        end,
      )
    } catch (error) {
      throw keyFault(connection, table, mode, schema, names, staged) ?? error
    }
    copied = end
    if (isLong) connection.flush()
    told(end)
  }
}

/** Gives the table its schema: makes it, adds columns, or makes it again, without its rows. */
function prepareTable(connection: Connection, table: string, schema: Schema, mode: SaveMode): void {
  const before = readSchema(connection, table)
  if (!before) refuseSimilar(connection, table)
  const stored = readStored(connection, table)
  refuseUnmanaged(table, stored, mode)
  const known = isUnmanaged(stored) ? undefined : before
  if (known && hasSame(known, schema)) return
  const added = known ? addedAtEnd(known, schema) : undefined
  for (const { name, type } of added ?? [])
    connection.exec(`ALTER TABLE ${quoted(table)} ADD COLUMN ${quoted(name)} ${declaredType(type)}`)
  if (added) return
  const isWider = known !== undefined && mode !== 'replace'
  if (isWider) connection.exec(`CREATE TEMP TABLE _doltflow_staying AS SELECT * FROM main.${quoted(table)}`)
  if (before) connection.exec(`DROP TABLE ${quoted(table)}`)
  connection.exec(createStatement(table, schema))
  if (isWider) putBack(connection, table, stored!)
}

/** The rows that stay, in a table whose columns have wider types, and perhaps more columns. */
function putBack(connection: Connection, table: string, { columns }: Schema): void {
  const names = columns.map(({ name }) => quoted(name)).join(', ')
  connection.exec(`INSERT INTO main.${quoted(table)} (${names}) SELECT ${names} FROM temp._doltflow_staying`)
  connection.exec('DROP TABLE temp._doltflow_staying')
}

function refuseSimilar(connection: Connection, table: string): void {
  const similar = similarTable(connection, table)
  if (similar !== undefined) throw tableNameTaken(table, similar)
}

function hasSame(a: Schema, b: Schema): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** The columns that a schema has more at its end; undefined if that is not all that differs. */
function addedAtEnd(before: Schema, after: Schema): Column[] | undefined {
  const same = hasSame(before, { ...after, columns: after.columns.slice(0, before.columns.length) })
  return same ? after.columns.slice(before.columns.length) : undefined
}

function upsertClause(schema: Schema, names: string[]): string {
  const others = names.filter((name) => !schema.key.includes(name))
  const action =
    others.length === 0
      ? 'NOTHING'
      : `UPDATE SET ${others.map((name) => `${quoted(name)} = excluded.${quoted(name)}`).join(', ')}`
  return `ON CONFLICT (${schema.key.map(quoted).join(', ')}) DO ${action}`
}

function keyCells(schema: Schema, names: string[]): string[] {
  return schema.key.map((name) => `c${names.indexOf(name)}`)
}

function refuseRepeatedKeys(connection: Connection, schema: Schema, names: string[], staged: StagedFile): void {
  const fault = repeatedKey(connection, schema, names, staged)
  if (fault) throw fault
}

/** Why rows did not go in: a NULL in the key, a key twice in the source, or one that the table has. */
function keyFault(
  connection: Connection,
  table: string,
  mode: SaveMode,
  schema: Schema,
  names: string[],
  staged: StagedFile,
): SourceError | undefined {
  const cells = keyCells(schema, names)
  const missing = connection.get(
    `SELECT rowid, ${cells.join(', ')} FROM staging.rows WHERE ${cells.map((cell) => `${cell} IS NULL`).join(' OR ')} ORDER BY rowid LIMIT 1`,
  )
  if (missing) {
    const place = placeOf(staged, missing[0]!)
    const column = schema.key[missing.slice(1).indexOf(null)]!
    return keyNull(place, column, schema)
  }
  const repeated = repeatedKey(connection, schema, names, staged)
  if (repeated || mode !== 'append') return repeated
  const same = schema.key.map((name, index) => `t.${quoted(name)} IS s.${cells[index]}`).join(' AND ')
  const there = connection.get(
    `SELECT s.rowid, ${cells.map((cell) => `s.${cell}`).join(', ')} FROM staging.rows s JOIN ${quoted(table)} t ON ${same} ORDER BY s.rowid LIMIT 1`,
  )
  return there && keyExists(placeOf(staged, there[0]!), schema, there.slice(1))
}

function repeatedKey(
  connection: Connection,
  schema: Schema,
  names: string[],
  staged: StagedFile,
): SourceError | undefined {
  const cells = keyCells(schema, names).join(', ')
  const group = connection.get(
    `SELECT min(rowid), ${cells} FROM staging.rows GROUP BY ${cells} HAVING count(*) > 1 ORDER BY 1 LIMIT 1`,
  )
  if (!group) return undefined
  const [first, ...key] = group
  const where = keyCells(schema, names)
    .map((cell) => `${cell} IS ?`)
    .join(' AND ')
  const second = connection.cell<number>(
    `SELECT rowid FROM staging.rows WHERE ${where} AND rowid > ? ORDER BY rowid LIMIT 1`,
    ...key,
    first,
  )!
  return keyDuplicate(placeOf(staged, second), placeOf(staged, first!), schema, key)
}

/** Where a row of the stage comes from, by its rowid. */
function placeOf({ stager }: StagedFile, rowid: Value): SourceLine {
  return stager.place((rowid as number) - 1)
}
