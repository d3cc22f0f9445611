import { DoltflowError } from '../../../errors.ts'
import type { Column, Hash, Value } from '../../../types.ts'
import type { Query } from '../../engine.ts'
import { HIDDEN, ROW } from '../../keyless.ts'
import { queryFailed, queryRefused } from '../../refusals.ts'
import { quoted, type Connection } from '../connection/connection.ts'
import { attached, RESULT, type Pages } from '../tables/pages.ts'
import { readProgram } from './program.ts'

/**
 * Pages over a query's result, which is kept in a temporary table. The query sees a commit alone and can write nothing.
 * @returns the pages, and the tables that were read
 * @throws {DoltflowError} SQL_FAILED
 */
export function queryPages(path: string, commit: Hash, query: Query): { pages: Pages; tables: string[] } {
  const memory = attached(path, commit)
  const sql = query.sql.replace(/[\s;]+$/, '')
  const most = query.limits?.rows
  // One more than there may be shows that there are too many, and one that never ends does then.
  const limited = most === undefined ? sql : `SELECT * FROM (\n${sql}\n) LIMIT ${most + 1}`
  const statement = `CREATE TEMP TABLE ${RESULT} AS ${limited}`
  try {
    hideOurColumns(memory)
    // Both read the text as one SELECT, or one of them fails.
    memory.get(`EXPLAIN SELECT * FROM (\n${sql}\n)`)
    const { tables, forbidden } = readProgram(memory, statement, 'db')
    if (forbidden) throw queryRefused(query.sql, forbidden)
    memory.get(statement, ...(query.values ?? []).map(bindable))
    return { pages: memory.pages(columnsOf(memory)), tables }
  } catch (cause) {
    memory.close()
    if (cause instanceof DoltflowError && cause.code === 'SQL_FAILED') throw cause
    throw queryFailed(query.sql, cause)
  }
}

function columnsOf(memory: Connection): Column[] {
  return memory
    .all(`PRAGMA temp.table_info(${RESULT})`)
    .map(([, name]): Column => ({ name: name as string, type: 'any' }))
}

/** A query sees a table without a key as it was saved: a view of the same name comes before it. */
function hideOurColumns(memory: Connection): void {
  const tables = memory.all("SELECT name FROM db.sqlite_schema WHERE type = 'table' AND instr(sql, ?)", ROW)
  for (const [name] of tables as string[][]) {
    const columns = memory
      .all(`PRAGMA db.table_info(${quoted(name!)})`)
      .map(([, column]) => column as string)
      .filter((column) => !HIDDEN.includes(column))
    memory.exec(
      `CREATE TEMP VIEW ${quoted(name!)} AS SELECT ${columns.map(quoted).join(', ')} FROM db.${quoted(name!)}`,
    )
  }
}

/** The binding takes every number for a real. */
function bindable(value: Value): Value {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}
