import { scratchName } from '../../../system/scratch-name.ts'
import type { Hash, Row, Schema } from '../../../types.ts'
import { mergedColumns, type MergedSchemas, type Versions } from '../../conflict-candidates.ts'
import type { Signature } from '../../engine.ts'
import { commit } from '../branches/commit.ts'
import { quoted, type Connection } from '../connection/connection.ts'
import { createStatement } from '../tables/tables.ts'
import { isDifferent, sameKeyCells, withVersions, type Reshaped } from './changed-schemas.ts'

/*
 * The engine merges the cells of two rows by their places in the stored record, where the key comes first. Where the key
 * is not first among the columns, too, and these have changed, it takes one column's cells for another's: it drops edits,
 * and writes texts into the key. Such a table is merged here, by the columns' names.
 */

/** The tables that the engine would merge by the wrong places. */
export function misplacedTables(reshaped: readonly Reshaped[]): Reshaped[] {
  return reshaped.filter(({ base, ours, theirs }) => {
    const versions = [base, ours, theirs].filter((schema) => schema !== undefined)
    return versions.length > 1 && !versions.every(hasKeyFirst)
  })
}

/**
 * Makes a stand-in for a commit: the same, but for tables that it has as another commit has them, so that the engine
 * finds nothing to merge there.
 */
export function makeStandIn(
  connection: Connection,
  { ours, theirs }: Versions,
  tables: readonly string[],
  { author }: Signature,
): Hash {
  const scratch = scratchName(theirs)
  connection.get('SELECT dolt_branch(?, ?)', scratch, theirs)
  try {
    connection.use(scratch)
    return connection.exclusively(() => {
      for (const table of tables) connection.get("SELECT dolt_checkout(?, '--', ?)", ours, table)
      return commit(connection, {
        message: `put ${tables.join(', ')} aside, to be merged by its columns' names`,
        author,
      })
    })
  } finally {
    connection.renew()
    connection.get("SELECT dolt_branch('-D', ?)", scratch)
  }
}

/** Writes a table's merged rows in the place of ours; those that conflict are as one of the sides has them, or left out. */
export function putMerged(connection: Connection, versions: Versions, { table, base, ours, theirs }: Reshaped): void {
  const schemas = { base, ours: ours!, theirs: theirs! }
  const schema = { columns: mergedColumns(schemas), key: schemas.ours.key }
  const names = schema.columns.map(({ name }) => name)
  connection.exec(`DROP TABLE ${quoted(table)}`)
  connection.exec(createStatement(table, schema))
  const put = connection.prepareExact(
    `INSERT INTO ${quoted(table)} (${names.map(quoted).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
  )
  withVersions(connection.path, versions, (attached) => {
    const rows = attached.prepareExact(mergedRows(table, schemas, names)).iterate() as Iterable<Row>
    for (const row of rows) put.run(...row)
  })
}

function mergedRows(table: string, schemas: MergedSchemas, names: readonly string[]): string {
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
    base ? `LEFT JOIN ${from('base', 'b')} ON ${sameKeyCells(key, alias, 'b')}` : ''
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
