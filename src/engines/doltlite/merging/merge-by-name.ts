import { scratchName } from '../../../system/scratch-name.ts'
import type { Hash, Row, Schema } from '../../../types.ts'
import { isInOrder, mergedColumns, type MergedSchemas, type MergeCommits } from '../../conflict-candidates.ts'
import type { Signature } from '../../engine.ts'
import { commit } from '../branches/commit.ts'
import { quoted, type Connection } from '../connection/connection.ts'
import { createStatement } from '../tables/tables.ts'
import { isDifferent, sameKeyCells, withVersions, type Reshaped } from './changed-schemas.ts'
import { baseRows, isRetyped } from './retyped-base.ts'

/*
 * The engine merges the cells of two rows by their places in the stored record, where the key comes first, and compares
 * them as they are stored. If the key is not first among the columns, too, where these have moved, or have got another
 * type, it takes one column's cells for another's, or equal cells for edits: it drops edits, writes texts into the key,
 * or refuses. Such a table is merged here, by the columns' names.
 */

/** The tables that the engine would merge wrongly, or not at all, and that can be merged by name. */
export function misplacedTables(reshaped: readonly Reshaped[]): Reshaped[] {
  return reshaped.filter((one) => {
    const versions = [one.base, one.ours, one.theirs].filter((schema) => schema !== undefined)
    if (versions.length < 2 || one.ours?.key.length === 0) return false
    return isRetyped(one) || !versions.every((schema) => hasKeyFirst(schema) && isInOrder(versions[0]!, schema))
  })
}

/**
 * Makes a stand-in for a commit: the same, but for tables that it has as another commit has them, so that the engine
 * finds nothing to merge there.
 * @param as the commit that has the tables
 */
export function makeStandIn(
  connection: Connection,
  commitHash: Hash,
  { tables, as }: { tables: readonly string[]; as: Hash },
  { author }: Signature,
): Hash {
  const message = `put ${tables.join(', ')} aside, to be merged by its columns' names`
  return commitAside(connection, commitHash, { message, author }, () => {
    for (const table of tables) connection.get("SELECT dolt_checkout(?, '--', ?)", as, table)
  })
}

/** Commits a change on top of a commit; no branch leads to it. */
export function commitAside(connection: Connection, from: Hash, signature: Signature, change: () => void): Hash {
  const scratch = scratchName(from)
  connection.get('SELECT dolt_branch(?, ?)', scratch, from)
  try {
    connection.use(scratch)
    return connection.exclusively(() => {
      change()
      return commit(connection, signature)
    })
  } finally {
    connection.renew()
    connection.get("SELECT dolt_branch('-D', ?)", scratch)
  }
}

/** Writes a table's merged rows in the place of ours; those that conflict are as one of the sides has them, or left out. */
export function putMerged(connection: Connection, versions: MergeCommits, one: Reshaped): void {
  const { table, base, ours, theirs } = one
  const schemas = { base, ours: ours!, theirs: theirs! }
  const schema = { columns: mergedColumns(schemas), key: schemas.ours.key }
  const names = schema.columns.map(({ name }) => name)
  connection.exec(`DROP TABLE ${quoted(table)}`)
  connection.exec(createStatement(table, schema))
  const put = connection.prepareExact(
    `INSERT INTO ${quoted(table)} (${names.map(quoted).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
  )
  withVersions(connection.path, versions, (attached) => {
    const rows = attached
      .prepareExact(mergedRows(table, schemas, names, baseRows(attached, one)))
      .iterate() as Iterable<Row>
    for (const row of rows) put.run(...row)
  })
}

function mergedRows(table: string, schemas: MergedSchemas, names: readonly string[], baseTable: string): string {
  const { base, ours, theirs } = schemas
  const { key } = ours
  const has = (schema: Schema | undefined, name: string): boolean =>
    schema?.columns.some((column) => column.name === name) ?? false
  const cell = (alias: string, schema: Schema | undefined, name: string): string =>
    has(schema, name) ? `${alias}.${quoted(name)}` : 'NULL'
  const merged = (name: string): string => {
    const [before, our, their] = [cell('b', base, name), cell('o', ours, name), cell('t', theirs, name)]
    if (key.includes(name) || !has(theirs, name)) return our
    return has(ours, name) ? `CASE WHEN ${isDifferent(their, before)} THEN ${their} ELSE ${our} END` : their
  }
  const from = (side: string, alias: string): string => `${side}.${quoted(table)} ${alias}`
  const withBase = (alias: string): string =>
    base ? `LEFT JOIN ${baseTable} b ON ${sameKeyCells(key, alias, 'b')}` : ''
  const isNone = (alias: string): string => `${alias}.${quoted(key[0]!)} IS NULL`
  const isAdded = base ? `AND ${isNone('b')}` : ''
  const one = (alias: string, schema: Schema): string => names.map((name) => cell(alias, schema, name)).join(', ')
  return `SELECT ${names.map(merged).join(', ')} FROM ${from('ours', 'o')}
      JOIN ${from('theirs', 't')} ON ${sameKeyCells(key, 'o', 't')} ${withBase('o')}
    UNION ALL SELECT ${one('o', ours)} FROM ${from('ours', 'o')}
      LEFT JOIN ${from('theirs', 't')} ON ${sameKeyCells(key, 'o', 't')} ${withBase('o')} WHERE ${isNone('t')} ${isAdded}
    UNION ALL SELECT ${one('t', theirs)} FROM ${from('theirs', 't')}
      LEFT JOIN ${from('ours', 'o')} ON ${sameKeyCells(key, 't', 'o')} ${withBase('t')} WHERE ${isNone('o')} ${isAdded}`
}

function hasKeyFirst({ columns, key }: Schema): boolean {
  return key.every((name, place) => columns[place]!.name === name)
}
