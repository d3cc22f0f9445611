import type { Forbidden } from '../../refusals.ts'
import { quoted, type Connection } from '../connection/connection.ts'
import { FUNCTIONS, TABLE_FUNCTIONS } from './functions.ts'

/*
 * The binding has no authorizer, but the engine tells what it has compiled: every function that a statement calls and every
 * table that it opens stands in its program, whatever the SQL calls or hides them by, also in a view's.
 */

/** What `EXPLAIN` gives of an instruction. */
type Instruction = [address: number, opcode: string, p1: number, p2: number, p3: number, p4: string | null]

const CALLS: ReadonlySet<string> = new Set([
  'Function',
  'PureFunc',
  'AggStep',
  'AggStep1',
  'AggInverse',
  'AggValue',
  'AggFinal',
])
const OPENS: ReadonlySet<string> = new Set(['OpenRead', 'ReopenIdx', 'OpenWrite'])
/** The database of temporary tables, in which the result is kept. */
const TEMPORARY = 1
/** The first page of a database: its schema. */
const SCHEMA_ROOT = 1

/** What a program may do, by what it does. */
export interface Program {
  /** The tables that it reads, in the order of their names. */
  tables: string[]
  /** The first thing in it that a query may not use. */
  forbidden: Forbidden | undefined
}

/**
 * Compiles a statement that keeps a query's rows in a temporary table, without running it.
 * @param schema the name that the database with the tables has on this connection
 */
export function readProgram(connection: Connection, statement: string, schema: string): Program {
  const program = connection.all(`EXPLAIN ${statement}`) as unknown as Instruction[]
  const database = databaseNumber(connection, schema)
  const roots = tableRoots(connection, schema)
  const computing = TABLE_FUNCTIONS.map((name) => virtualTable(connection, name))
  const tables = new Set<string>()
  let forbidden: Forbidden | undefined
  for (const [, opcode, p1, p2, p3, p4] of program) {
    if (CALLS.has(opcode)) {
      const name = /^(.*)\(-?\d+\)$/s.exec(p4 ?? '')?.[1] ?? String(p4)
      if (!FUNCTIONS.has(name.toLowerCase())) forbidden ??= { function: name }
    } else if (opcode === 'VOpen') {
      if (!computing.includes(p4!)) forbidden ??= { table: nameOf(connection, p4!, statement) }
    } else if (OPENS.has(opcode)) {
      // The statement itself writes its result, and that it is there, to the temporary database.
      if (opcode === 'OpenWrite' && p3 === TEMPORARY) continue
      const table = p3 === database && opcode !== 'OpenWrite' ? roots.get(p2) : undefined
      if (table === undefined) forbidden ??= { table: 'sqlite_schema' }
      else if (/^sqlite_/i.test(table)) forbidden ??= { table }
      else tables.add(table)
    } else if (opcode === 'Transaction' && p2 !== 0 && p1 !== TEMPORARY) forbidden ??= { words: 'a write' }
  }
  return { tables: [...tables].toSorted(), forbidden }
}

function databaseNumber(connection: Connection, schema: string): number {
  return connection.all('PRAGMA database_list').find(([, name]) => name === schema)![0] as number
}

/** Tables by where they and their indexes begin. */
function tableRoots(connection: Connection, schema: string): Map<number, string> {
  const rows = connection.all(`SELECT rootpage, tbl_name FROM ${schema}.sqlite_schema WHERE rootpage > ${SCHEMA_ROOT}`)
  return new Map(rows as [number, string][])
}

/** What a program calls a virtual table that needs no CREATE: the same on one connection, at any time. */
function virtualTable(connection: Connection, name: string): string | undefined {
  try {
    const program = connection.all(`EXPLAIN SELECT 1 FROM main.${quoted(name)}`) as unknown as Instruction[]
    return program.find(([, opcode]) => opcode === 'VOpen')?.[5] ?? undefined
  } catch {
    return undefined
  }
}

/** The name of a virtual table, which is a word of the statement, or stands in a view. */
function nameOf(connection: Connection, address: string, statement: string): string {
  const words = new Set(statement.match(/\w+/g))
  return [...words].find((word) => virtualTable(connection, word) === address) ?? 'a virtual table'
}
