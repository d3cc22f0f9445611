import { scratchName } from '../../../system/scratch-name.ts'
import type { Value } from '../../../types.ts'
import type { RecordFilter, RecordPlan } from '../../engine.ts'
import { record } from '../../values.ts'
import type { Connection } from '../connection/connection.ts'
import { quoted } from '../connection/sql.ts'
import { schemaAt } from '../tables/columns.ts'
import { commit } from './commit.ts'
import { refuseDirty } from './move.ts'
import { headOf, uncommitted } from './refs.ts'
import { removeScratch } from './scratch.ts'

/** Columns that are looked up by, in characters: six of them fit a row. */
const INDEXED = 'varchar(1024)'

/** Appends a row to a table of its own on a branch of its own, made from the first commit where it is not there. */
export async function appendRecord(connection: Connection, plan: RecordPlan): Promise<void> {
  const { branch, table } = plan
  if ((await headOf(connection, branch)) === undefined) await makeBranch(connection, plan)
  await connection.use(branch)
  await connection.transaction(async () => {
    await refuseDirty(connection, branch)
    // A table that an older version made has fewer columns, and gets no more: that would be no part of the transaction.
    const known = (await connection.rows(`SHOW COLUMNS FROM ${quoted(table)}`)).map(([name]) => name)
    const columns = plan.columns.map(({ name }) => name).filter((name) => known.includes(name))
    const row = plan.row.filter((_, index) => known.includes(plan.columns[index]!.name))
    await connection.run(
      `INSERT INTO ${quoted(table)} (${columns.map(quoted).join(', ')}) VALUES (?) ON DUPLICATE KEY UPDATE ${quoted(columns[0]!)} = ${quoted(columns[0]!)}`,
      [row],
    )
    if ((await uncommitted(connection)).length > 0) await commit(connection, plan)
  })
}

/** Makes the branch with its table in it, in one step: a statement that makes a table is no part of a transaction. */
async function makeBranch(connection: Connection, plan: RecordPlan): Promise<void> {
  const [first] = (await connection.row(
    'SELECT commit_hash FROM dolt_commit_ancestors WHERE parent_hash IS NULL LIMIT 1',
  ))!
  const scratch = scratchName('records')
  await connection.useDefault()
  await connection.rows('CALL dolt_branch(?, ?)', [scratch, first])
  try {
    await connection.use(scratch)
    await connection.run(createRecords(plan))
    const made = await commit(connection, { message: `make ${plan.table}`, author: plan.author })
    await connection.useDefault()
    await connection.rows('CALL dolt_branch(?, ?)', [plan.branch, made]).catch(async (error: unknown) => {
      if ((await headOf(connection, plan.branch)) === undefined) throw error
    })
  } finally {
    if (!connection.lost) await removeScratch(connection, scratch)
  }
}

function createRecords(plan: RecordPlan): string {
  const key = plan.columns[0]!.name
  const indexed = new Set([key, ...plan.lookups.flat()])
  const columns = plan.columns.map(({ name, type: held }) => {
    const type = held === 'integer' ? 'bigint' : indexed.has(name) ? INDEXED : 'longtext'
    return `${quoted(name)} ${type}${name === key ? ' NOT NULL' : ''}`
  })
  const indexes = plan.lookups.map(
    (names) => `INDEX ${quoted(`${plan.table}_${names.join('_')}`)} (${names.map(quoted).join(', ')})`,
  )
  return `CREATE TABLE ${quoted(plan.table)} (${[...columns, `PRIMARY KEY (${quoted(key)})`, ...indexes].join(', ')}) COLLATE utf8mb4_0900_bin`
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
  const conditions = Object.keys(where).map((name) => `${quoted(name)} = ?`)
  const rows = await connection.rows(
    `SELECT ${names.map(quoted).join(', ')} FROM ${quoted(table)} ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''} ORDER BY ${order.map((name) => `${quoted(name)} ${newestFirst ? 'DESC' : ''}`).join(', ')} ${limit === undefined ? '' : `LIMIT ${limit}`}`,
    Object.values(where),
  )
  return rows.map((row) => record(names, row))
}
