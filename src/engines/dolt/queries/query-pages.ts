import { UsageError } from '../../../errors.ts'
import type { Hash } from '../../../types.ts'
import type { Query } from '../../engine.ts'
import { isKeyless, shownSchema } from '../../keyless.ts'
import { queryFailed, queryRefused } from '../../refusals.ts'
import type { Connection } from '../connection/connection.ts'
import { isPassing } from '../connection/faults.ts'
import { literal, quoted } from '../connection/sql.ts'
import { readSchema, tableNames, type StoredColumn } from '../tables/columns.ts'
import { pagesOf, type TypedPages } from '../tables/reading.ts'
import { checkQuery, type Known, type View } from './query-check.ts'

/** The modes in which the server would read `"x"` as a name, or a backslash as itself. */
const OTHER_QUOTES = /^(ANSI|ANSI_QUOTES|NO_BACKSLASH_ESCAPES)$/

/**
 * Within a derived table a query can only read; a commit's revision refuses all else anyway.
 * @returns the pages, and the tables that are read
 * @throws {DoltflowError} SQL_FAILED
 * @throws {UsageError} OPTION_INVALID: how much memory a server takes is its own affair
 */
export async function queryPages(
  connection: Connection,
  commit: Hash,
  { sql: query, values = [], limits = {} }: Query,
): Promise<{ pages: TypedPages; tables: string[] }> {
  if (limits.memoryMb !== undefined) throw serverHasMemory()
  const sql = query.replace(/[\s;]+$/, '')
  await connection.use(commit)
  const { tables, forbidden } = checkQuery(sql, await knownAt(connection))
  if (forbidden) throw queryRefused(query, forbidden)
  try {
    await connection.run('START TRANSACTION READ ONLY')
    // Prepared by the server: it alone knows which `?` of a statement are placeholders.
    const hidden = await shownTables(connection, tables)
    await connection.run(`PREPARE query FROM ${literal(`${hidden}SELECT * FROM (\n${sql}\n) AS query`)}`)
    const names = values.map((_, index) => `@doltflow${index}`)
    for (const [index, value] of values.entries()) await connection.run(`SET ${names[index]!} = ?`, [value])
    const stream = await connection.stream(`EXECUTE query${names.length > 0 ? ` USING ${names.join(', ')}` : ''}`)
    const columns = uniqueNames(stream.columns).map((name): StoredColumn => ({ name, type: 'any', stored: 'text' }))
    return { pages: pagesOf(columns, stream), tables }
  } catch (cause) {
    if (isPassing(cause)) throw cause
    throw queryFailed(query, cause, ', whose columns have names of their own')
  }
}

function serverHasMemory(): UsageError {
  return new UsageError(
    'OPTION_INVALID',
    "The option maxMemory can't be kept here: a query runs on the server, in its memory. Leave it out, and bound the query by timeout and maxRows.",
    { data: { option: 'maxMemory' } },
  )
}

/** Makes the server read a query's text as it is looked through. */
export async function pinSqlMode(connection: Connection): Promise<void> {
  const modes = (await connection.cell<string>('SELECT @@SESSION.sql_mode'))!.split(',')
  const kept = modes.filter((mode) => !OTHER_QUOTES.test(mode))
  if (kept.length < modes.length) await connection.run('SET SESSION sql_mode = ?', [kept.join(',')])
}

/** The tables and views of the connection's commit. */
async function knownAt(connection: Connection): Promise<Known> {
  const at = connection.revision
  return {
    tables: await connection.remembered(at, 'tables', () => tableNames(connection)),
    views: await connection.remembered(at, 'views', () => views(connection)),
  }
}

async function views(connection: Connection): Promise<View[]> {
  const found = await connection.rows("SHOW FULL TABLES WHERE Table_type = 'VIEW'")
  if (found.length === 0) return []
  const rows = await connection.rows("SELECT name, fragment, sql_mode FROM dolt_schemas WHERE type = 'view'")
  return (rows as string[][])
    .filter(([, , modes]) => !modes?.split(',').some((mode) => OTHER_QUOTES.test(mode)))
    .map(([name, statement]) => ({ name: name!, statement: statement! }))
}

/** A query sees a table without a key as it was saved: what it is called by comes before the table itself. */
async function shownTables(connection: Connection, tables: readonly string[]): Promise<string> {
  const shown: string[] = []
  for (const table of tables) {
    const schema = await readSchema(connection, table)
    if (!isKeyless(schema)) continue
    const cells = shownSchema(schema!).columns.map(({ name }) => quoted(name))
    shown.push(`${quoted(table)} AS (SELECT ${cells.join(', ')} FROM ${quoted(table)})`)
  }
  return shown.length > 0 ? `WITH ${shown.join(', ')} ` : ''
}

/** Names that are there twice, as the embedded engine tells them apart: `id`, `id:1`. */
function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const count = seen.get(name) ?? 0
    seen.set(name, count + 1)
    return count === 0 ? name : `${name}:${count}`
  })
}
