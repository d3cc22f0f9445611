import { DoltflowError, reasonOf } from '../../../errors.ts'
import { scratchName } from '../../../system/scratch-name.ts'
import type { Hash, Value } from '../../../types.ts'
import type { RecordFilter, RecordPlan } from '../../engine.ts'
import { record } from '../../values.ts'
import type { Connection } from '../connection/connection.ts'
import { quoted } from '../connection/sql.ts'
import { schemaAt } from '../tables/columns.ts'
import { commit } from './commit.ts'
import { fastForward, refuseDirty } from './move.ts'
import { headOf, uncommitted } from './refs.ts'
import { removeScratch } from './scratch.ts'

/** Columns that are looked up by, in characters: six of them fit a row. */
const INDEXED = 'varchar(1024)'

/** How often a table that others change meanwhile is looked at again. */
const TRIES = 20

/** Appends a row to a table of its own on a branch of its own, made from the first commit if it is not there. */
export async function appendRecord(connection: Connection, plan: RecordPlan): Promise<void> {
  for (let tries = 0; !(await append(connection, plan)); tries++) {
    if (tries === TRIES)
      throw new DoltflowError('DATABASE_BUSY', `Branch ${plan.branch} moved ${TRIES} times. Try again.`, {
        data: { branch: plan.branch },
        retryable: true,
      })
    await makeRoom(connection, plan)
  }
}

/** Appends a row; false if its table, or a column of it, is not there. */
async function append(connection: Connection, plan: RecordPlan): Promise<boolean> {
  const { branch, table } = plan
  if ((await headOf(connection, branch)) === undefined) return false
  await connection.use(branch)
  return connection.transaction(async () => {
    await refuseDirty(connection, branch)
    const names = plan.columns.map(({ name }) => name)
    if (missing(plan, await columnsOf(connection, table)).length > 0) return false
    await connection.run(
      `INSERT INTO ${quoted(table)} (${names.map(quoted).join(', ')}) VALUES (?) ON DUPLICATE KEY UPDATE ${quoted(names[0]!)} = ${quoted(names[0]!)}`,
      [plan.row],
    )
    if ((await uncommitted(connection)).length > 0) await commit(connection, plan)
    return true
  })
}

type PlannedColumn = RecordPlan['columns'][number]

function missing({ columns }: RecordPlan, known: readonly string[]): PlannedColumn[] {
  return columns.filter(({ name }) => !known.includes(name))
}

/** A table's columns on the connection's branch; none if there is no such table. */
async function columnsOf(connection: Connection, table: string): Promise<string[]> {
  try {
    return (await connection.rows(`SHOW COLUMNS FROM ${quoted(table)}`)).map(([name]) => name as string)
  } catch (error) {
    if (/table not found|doesn't exist/i.test(reasonOf(error))) return []
    throw error
  }
}

/**
 * Makes the branch, the table or its columns if they are not there, in one step: a statement that shapes a table is no
 * part of a transaction, and so it is done on a scratch branch, and never in the working set of the branch itself.
 */
async function makeRoom(connection: Connection, plan: RecordPlan): Promise<void> {
  const head = await headOf(connection, plan.branch)
  const scratch = scratchName('records')
  await connection.useDefault()
  await connection.rows('CALL dolt_branch(?, ?)', [scratch, head ?? (await firstCommit(connection))])
  try {
    await connection.use(scratch)
    const known = await columnsOf(connection, plan.table)
    const lacking = missing(plan, known)
    if (known.length === 0) await connection.run(createRecords(plan))
    else if (lacking.length > 0) await connection.run(addColumns(plan, lacking))
    const isChanged = (await uncommitted(connection)).length > 0
    const made = isChanged
      ? await commit(connection, { message: `make ${plan.table}`, author: plan.author })
      : (await headOf(connection, scratch))!
    if (head !== undefined) return void (await fastForward(connection, false, plan.branch, head, made))
    await connection.useDefault()
    await connection.rows('CALL dolt_branch(?, ?)', [plan.branch, made]).catch(async (error: unknown) => {
      if ((await headOf(connection, plan.branch)) === undefined) throw error
    })
  } finally {
    if (!connection.lost) await removeScratch(connection, scratch)
  }
}

async function firstCommit(connection: Connection): Promise<Hash> {
  const sql = 'SELECT commit_hash FROM dolt_commit_ancestors WHERE parent_hash IS NULL LIMIT 1'
  return (await connection.row(sql))![0] as Hash
}

function createRecords(plan: RecordPlan): string {
  const key = plan.columns[0]!.name
  const columns = plan.columns.map((column) => `${definition(plan, column)}${column.name === key ? ' NOT NULL' : ''}`)
  const indexes = plan.lookups.map(
    (names) => `INDEX ${quoted(`${plan.table}_${names.join('_')}`)} (${names.map(quoted).join(', ')})`,
  )
  return `CREATE TABLE ${quoted(plan.table)} (${[...columns, `PRIMARY KEY (${quoted(key)})`, ...indexes].join(', ')}) COLLATE utf8mb4_0900_bin`
}

/** What an older version's table lacks. A lookup by what it has already it does without. */
function addColumns(plan: RecordPlan, lacking: readonly PlannedColumn[]): string {
  const isNew = (name: string): boolean => lacking.some((column) => column.name === name)
  const columns = lacking.map((column) => `ADD COLUMN ${definition(plan, column)}`)
  const indexes = plan.lookups
    .filter((names) => names.some(isNew))
    .map((names) => `ADD INDEX ${quoted(`${plan.table}_${names.join('_')}`)} (${names.map(quoted).join(', ')})`)
  return `ALTER TABLE ${quoted(plan.table)} ${[...columns, ...indexes].join(', ')}`
}

function definition({ columns, lookups }: RecordPlan, { name, type: held }: PlannedColumn): string {
  const isIndexed = name === columns[0]!.name || lookups.flat().includes(name)
  return `${quoted(name)} ${held === 'integer' ? 'bigint' : isIndexed ? INDEXED : 'longtext'}`
}

/** Rows of such a table on a branch, by equality on columns. */
export async function records(
  connection: Connection,
  branch: string,
  table: string,
  { where, order, newestFirst, limit }: RecordFilter,
): Promise<Record<string, Value>[]> {
  const names = (await schemaAt(connection, branch, table))?.columns.map((column) => column.name) ?? []
  if (names.length === 0) return []
  // A table that an older version made has nothing there.
  if (Object.keys(where).some((name) => !names.includes(name))) return []
  const conditions = Object.keys(where).map((name) => `${quoted(name)} = ?`)
  const rows = await connection.rows(
    `SELECT ${names.map(quoted).join(', ')} FROM ${quoted(table)} ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''} ORDER BY ${order.map((name) => `${quoted(name)} ${newestFirst ? 'DESC' : ''}`).join(', ')} ${limit === undefined ? '' : `LIMIT ${limit}`}`,
    Object.values(where),
  )
  return rows.map((row) => record(names, row))
}
