import type { Hash, Row, Value } from '../../../types.ts'
import {
  candidateKeys,
  mergedNames,
  type ConflictCandidate,
  type CandidateRows,
  type CandidateSql,
  type MergeCommits,
} from '../../conflict-candidates.ts'
import { isKeyless } from '../../keyless.ts'
import type { Cells } from '../../merge-row.ts'
import type { Connection } from '../connection/connection.ts'
import { literal, quoted } from '../connection/sql.ts'
import { isText, schemaAt, type StoredColumn, type StoredSchema } from '../tables/columns.ts'

/** Rows of a table that the engine may merge wrongly. */
export interface MistakableRows extends CandidateRows {
  /** A query for the rows, merged, that the engine takes for the same change on both sides, and that are none. */
  mistaken: string | undefined
}

type StoredSchemas = { base: StoredSchema; ours: StoredSchema; theirs: StoredSchema }

/**
 * Rows that the engine may merge wrongly, by table: of tables that both sides have, one of them with other columns than
 * the base. (Those of a table without a key have their cells for a key.)
 */
export async function conflictCandidates(
  connection: Connection,
  versions: MergeCommits,
): Promise<Map<string, MistakableRows>> {
  const found = new Map<string, MistakableRows>()
  for (const table of await reshapedTables(connection, versions)) {
    const schemas: Partial<StoredSchemas> = {}
    for (const version of ['base', 'ours', 'theirs'] as const) {
      const schema = await schemaAt(connection, versions[version], table)
      if (schema) schemas[version] = schema
    }
    if (schemas.base && schemas.ours && schemas.theirs && !isKeyless(schemas.ours))
      found.set(table, await candidateRows(connection, versions, table, schemas as StoredSchemas))
  }
  return found
}

/** Gives rows their merged cells that the engine took for the same change on both sides. */
export async function mendMistaken(connection: Connection, candidates: Map<string, MistakableRows>): Promise<void> {
  for (const [table, { names, mistaken }] of candidates)
    if (mistaken !== undefined)
      await connection.run(`REPLACE INTO ${quoted(table)} (${names.map(quoted).join(', ')}) ${mistaken}`)
}

async function reshapedTables(connection: Connection, { base, ours, theirs }: MergeCommits): Promise<string[]> {
  const changed = async (side: Hash): Promise<Map<string, boolean>> => {
    const rows = await connection.rowsOfDatabase(
      `SELECT to_table_name, schema_change FROM dolt_diff_summary(${literal(base)}, ${literal(side)}) WHERE from_table_name = to_table_name`,
    )
    return new Map(rows.map(([table, schemaChange]) => [table as string, Number(schemaChange) === 1]))
  }
  const [here, there] = [await changed(ours), await changed(theirs)]
  return [...here.keys()].filter((table) => there.has(table) && (here.get(table) || there.get(table)))
}

async function candidateRows(
  connection: Connection,
  versions: MergeCommits,
  table: string,
  schemas: StoredSchemas,
): Promise<MistakableRows> {
  const names = mergedNames(schemas)
  const { key } = schemas.ours
  const at = (version: keyof MergeCommits): string => `${connection.at(versions[version])}.${quoted(table)}`
  const stored = (version: keyof MergeCommits, name: string): string | undefined =>
    schemas[version].columns.find((column) => column.name === name)?.stored
  // A number of the base may be text by now.
  const isRetyped = (name: string): boolean => {
    const type = stored('base', name)
    return type !== undefined && !isText(type) && isText(stored('ours', name) ?? stored('theirs', name) ?? type)
  }
  const cell = (alias: string, name: string): string =>
    isRetyped(name) ? `CAST(${alias}.${quoted(name)} AS CHAR)` : `${alias}.${quoted(name)}`
  const sql: CandidateSql = {
    table: at,
    quoted,
    emptyConflicts: true,
    differs: (name, a, b) => `NOT (${cell(a, name)} <=> ${cell(b, name)})`,
    sameKey: (columns, a, b) => columns.map((name) => `${a}.${quoted(name)} = ${b}.${quoted(name)}`).join(' AND '),
  }
  const keys = await connection.rows(candidateKeys(schemas, sql))
  const where = key.map((name) => `r.${quoted(name)} = ?`).join(' AND ')
  const read = async (version: keyof MergeCommits, cells: Row): Promise<Cells | null> => {
    const own = names.filter((name) => stored(version, name) !== undefined)
    const list = own.map((name, index) => `${cell('r', name)} AS ${quoted(`c${index}`)}`).join(', ')
    const row = await connection.row(`SELECT ${list} FROM ${at(version)} r WHERE ${where}`, cells)
    return row
      ? names.map((name): Value | undefined => (own.includes(name) ? row[own.indexOf(name)] : undefined))
      : null
  }
  const rows: ConflictCandidate[] = []
  for (const cells of keys)
    rows.push({
      key: cells,
      base: await read('base', cells),
      ours: await read('ours', cells),
      theirs: await read('theirs', cells),
    })
  return { names, key, rows, mistaken: mistakenRows(schemas, sql, names) }
}

/**
 * The engine takes a row for the same change on both sides where its stored cells are equal, place by place and without
 * the empty ones at the end, whatever columns they belong to; then theirs is lost.
 */
function mistakenRows(schemas: StoredSchemas, sql: CandidateSql, names: readonly string[]): string | undefined {
  const { ours, theirs, base } = schemas
  const [here, there] = [cellColumns(ours), cellColumns(theirs)]
  if (JSON.stringify(here.map(({ name }) => name)) === JSON.stringify(there.map(({ name }) => name))) return undefined
  const has = ({ columns }: StoredSchema, name: string): boolean => columns.some((column) => column.name === name)
  const places = Array.from({ length: Math.max(here.length, there.length) }, (_, at) => samePlace(here[at], there[at]))
  const unchanged = (name: string): string => (has(base, name) ? `NOT ${sql.differs(name, 'o', 'b')}` : '1 = 0')
  const cell = (name: string): string => {
    if (ours.key.includes(name) || !has(theirs, name)) return `o.${quoted(name)}`
    if (!has(ours, name)) return `t.${quoted(name)}`
    return `CASE WHEN ${unchanged(name)} THEN t.${quoted(name)} ELSE o.${quoted(name)} END`
  }
  return `SELECT ${names.map(cell).join(', ')} FROM ${sql.table('ours')} o
    JOIN ${sql.table('theirs')} t ON ${sql.sameKey(ours.key, 'o', 't')}
    LEFT JOIN ${sql.table('base')} b ON ${sql.sameKey(ours.key, 'o', 'b')}
    WHERE ${places.join(' AND ')}`
}

function cellColumns({ columns, key }: StoredSchema): StoredColumn[] {
  return columns.filter(({ name }) => !key.includes(name))
}

/** Whether two rows may have the same bytes at one place. */
function samePlace(here: StoredColumn | undefined, there: StoredColumn | undefined): string {
  const [o, t] = [here && `o.${quoted(here.name)}`, there && `t.${quoted(there.name)}`]
  if (!here || !there) return `${o ?? t} IS NULL`
  if (isText(here.stored) !== isText(there.stored)) return `(${o} IS NULL AND ${t} IS NULL)`
  return isText(here.stored) || here.stored === there.stored ? `${o} <=> ${t}` : '1 = 1'
}
