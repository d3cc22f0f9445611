import { reasonOf } from '../../../errors.ts'
import type { DiffCounts, Hash, Row, Schema, TableDiff, Value } from '../../../types.ts'
import { isKeyless, shownSchema } from '../../keyless.ts'
import { record } from '../../values.ts'
import type { ReconnectingConnection } from '../connection/reconnecting.ts'
import { columnList, literal, quoted } from '../connection/sql.ts'
import { keyCell, readSchema, tableNames, valueOf, type StoredSchema } from './columns.ts'
import { comparesByPlace, openDiff } from './diff.ts'

/** Keys that are looked up by one statement. */
const KEYS = 200

/** Tables as they are at commits, and what differs between two. */
export function tables(link: ReconnectingConnection) {
  const schema = (commit: Hash, table: string): Promise<StoredSchema | undefined> =>
    link.remembered(commit, `schema of ${table}`, (connection) => readSchema(connection, table))
  const tableHash = (commit: Hash, table: string): Promise<Hash | undefined> =>
    link.remembered(commit, `hash of ${table}`, async (connection) => {
      try {
        return await connection.cell<Hash>('SELECT dolt_hashof_table(?)', [table])
      } catch (error) {
        if (/table not found/i.test(reasonOf(error))) return undefined
        throw error
      }
    })
  const rowCount = async (commit: Hash, table: string): Promise<number> =>
    Number(
      await link.remembered(commit, `rows of ${table}`, (connection) =>
        connection.cell(`SELECT count(*) FROM ${quoted(table)}`),
      ),
    )
  const countDiff = async (from: Hash, to: Hash, table: string): Promise<DiffCounts> => {
    const [before, after] = [await tableHash(from, table), await tableHash(to, table)]
    if (before === after) return { added: 0, modified: 0, removed: 0 }
    if (!before || !after)
      return {
        added: after ? await rowCount(to, table) : 0,
        modified: 0,
        removed: before ? await rowCount(from, table) : 0,
      }
    const stored = [(await schema(from, table))!, (await schema(to, table))!] as const
    const keyless = stored.every(isKeyless)
    if (!keyless && !sameStorage(...stored)) return countByRows(link, from, to, table)
    const [row] = await link.rowsOfDatabase(
      `SELECT rows_added, rows_modified, rows_deleted FROM dolt_diff_stat(${literal(from)}, ${literal(to)}, ${literal(table)})`,
    )
    // Of a table without a key the place of a row may differ: that is no change of it.
    const modified = keyless ? 0 : Number(row?.[1] ?? 0)
    return { added: Number(row?.[0] ?? 0), modified, removed: Number(row?.[2] ?? 0) }
  }

  return {
    tables: (commit: Hash): Promise<string[]> => link.remembered(commit, 'tables', tableNames),
    async schema(commit: Hash, table: string): Promise<Schema | undefined> {
      const stored = await schema(commit, table)
      const found = stored && shownSchema(stored)
      return found && { columns: found.columns.map(({ name, type }) => ({ name, type })), key: found.key }
    },
    tableHash: (commit: Hash, table: string): Promise<Hash | undefined> => tableHash(commit, table),
    rowCount: (commit: Hash, table: string): Promise<number> => rowCount(commit, table),
    async changedTables(from: Hash, to: Hash): Promise<TableDiff[]> {
      const [before, after] = [await hashes(link, from), await hashes(link, to)]
      const diffs: TableDiff[] = []
      for (const table of [...new Set([...before.keys(), ...after.keys()])].toSorted()) {
        if (before.get(table) === after.get(table)) continue
        const change = !before.has(table) ? 'added' : !after.has(table) ? 'removed' : 'modified'
        const schemaChanged = JSON.stringify(await schema(from, table)) !== JSON.stringify(await schema(to, table))
        diffs.push({ table, change, schemaChanged, ...(await countDiff(from, to, table)) })
      }
      return diffs
    },
    countDiff: (from: Hash, to: Hash, table: string): Promise<DiffCounts> => countDiff(from, to, table),
    async rowsByKey(commit: Hash, table: string, keys: Row[]): Promise<(Record<string, Value> | undefined)[]> {
      const found = await schema(commit, table)
      if (!found) return keys.map(() => undefined)
      const rows = new Map<string, Record<string, Value>>()
      for (let at = 0; at < keys.length; at += KEYS)
        for (const row of await lookUp(link, commit, table, found, keys.slice(at, at + KEYS)))
          rows.set(keyText(found.key.map((name) => row[name]!)), row)
      return keys.map((key) => rows.get(keyText(key)))
    },
  }
}

/** Every table of a commit with its hash. (The engine's own summary leaves out tables whose key changed.) */
async function hashes(link: ReconnectingConnection, commit: Hash): Promise<Map<string, Hash>> {
  return link.remembered(commit, 'hashes', async (connection) => {
    const names = await tableNames(connection)
    if (names.length === 0) return new Map()
    const row = (await connection.row(`SELECT ${names.map(() => 'dolt_hashof_table(?)').join(', ')}`, names)) as Hash[]
    return new Map(names.map((name, index) => [name, row[index]!]))
  })
}

async function lookUp(
  link: ReconnectingConnection,
  commit: Hash,
  table: string,
  schema: StoredSchema,
  keys: Row[],
): Promise<Record<string, Value>[]> {
  const names = schema.columns.map((column) => column.name)
  const columns = schema.key.map((name) => schema.columns.find((column) => column.name === name)!)
  const one = `(${schema.key.map((name) => `${quoted(name)} = ?`).join(' AND ')})`
  const rows = await link.read(commit, (connection) =>
    connection.rows(
      `SELECT ${columnList(names)} FROM ${quoted(table)} WHERE ${keys.map(() => one).join(' OR ')}`,
      keys.flatMap((key) => key.map((value, index) => keyCell(value, columns[index]!))),
    ),
  )
  return rows.map((row) =>
    record(
      names,
      row.map((cell, index) => valueOf(cell, schema.columns[index]!)),
    ),
  )
}

function keyText(key: Row): string {
  return key.map(String).join('\0')
}

/** Whether cells compare as they are stored: no column was widened between the two. */
function sameStorage(before: StoredSchema, after: StoredSchema): boolean {
  if (before.key.join('\0') !== after.key.join('\0')) return false
  const stored = new Map(before.columns.map((column) => [column.name, column.stored]))
  return (
    comparesByPlace(before, after) &&
    after.columns.every((column) => !stored.has(column.name) || stored.get(column.name) === column.stored)
  )
}

async function countByRows(link: ReconnectingConnection, from: Hash, to: Hash, table: string): Promise<DiffCounts> {
  const counts: DiffCounts = { added: 0, modified: 0, removed: 0 }
  await link.attempt(async (connection) => {
    Object.assign(counts, { added: 0, modified: 0, removed: 0 })
    const diff = await openDiff(connection, from, to, table)
    for (let page = await diff.next(); page; page = await diff.next()) for (const { kind } of page) counts[kind]++
  })
  return counts
}
