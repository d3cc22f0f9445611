import type { Context } from '../../context.ts'
import type { Change, Query, Session } from '../../engines/engine.ts'
import { RefusedError, UsageError } from '../../errors.ts'
import { rowPages } from '../../history/row-pages.ts'
import { requireSchema } from '../../history/schemas-at.ts'
import type { Action, Notice } from '../../model/action.ts'
import { checkTableName } from '../../model/names.ts'
import { boundQuery, type SqlParameters } from '../../model/sql-parameters.ts'
import type { Hash, Row, Schema } from '../../types.ts'
import { undo, type UndoOptions } from './undo.ts'

/** Which rows of a table are meant: those with these keys, or those of which a condition in SQL is true. */
export type RowsWhere =
  /** For each row the values of the key's columns, in their order. */
  | { keys: readonly Row[] }
  /** What comes after `WHERE`, with values for its placeholders. */
  | { where: string; parameters?: SqlParameters | undefined }

/** So many rows are removed by their keys; of more it is the rows that stay which are written. */
const MOST_KEYS = 100_000
/** So many keys, and characters, a commit's message tells. */
const FEW = 5
const SHOWN = 80

/**
 * Removes rows of a table, by a new commit; its history keeps them.
 * @throws {NotFoundError} TABLE_NOT_FOUND @throws {RefusedError} KEY_REQUIRED @throws {DoltflowError} SQL_FAILED
 */
export async function deleteRows(
  context: Context,
  table: string,
  which: RowsWhere,
  options: UndoOptions = {},
): Promise<Action> {
  checkTableName(table)
  const [action] = await undo(context, 'delete', options, async (session, base) => {
    const schema = await requireSchema(session, base, table)
    const { change, notices } =
      'keys' in which
        ? await byKeys(session, base, table, schema, which.keys)
        : { change: await byCondition(session, base, table, schema, which), notices: [] }
    return {
      changes: change ? [{ kind: 'delete', table, change }] : [],
      table,
      message: `delete from ${table}${told(which)}`,
      notices,
    }
  })
  return action!
}

/** Which rows, for the commit's message: all on one line. */
function told(which: RowsWhere): string {
  if ('where' in which) return ` where ${which.where.replaceAll(/\s+/g, ' ').trim().slice(0, SHOWN)}`
  const shown = which.keys.slice(0, FEW).map((key) => key.map(String).join(','))
  return `: ${[...shown, ...(which.keys.length > FEW ? ['…'] : [])].join(' ').slice(0, SHOWN)}`
}

/** Rows that are not there need not go: so a retry is the same. */
async function byKeys(
  session: Session,
  base: Hash,
  table: string,
  schema: Schema,
  keys: readonly Row[],
): Promise<{ change: Change | undefined; notices: Notice[] }> {
  if (schema.key.length === 0)
    throw new RefusedError('KEY_REQUIRED', `Table ${table} has no key that could name one row. Give a condition.`, {
      data: { table },
    })
  const wrong = keys.find((key) => key.length !== schema.key.length)
  if (wrong)
    throw new UsageError('OPTION_INVALID', `A key of table ${table} has the columns ${schema.key.join(', ')}.`, {
      data: { table, key: schema.key, value: wrong.map(String) },
    })
  const rows = await session.rowsByKey(base, table, [...keys])
  const removed = rows.flatMap((row) => (row ? [schema.key.map((name) => row[name]!)] : []))
  const absent = keys.filter((_, index) => !rows[index]).map((key) => key.map(String).join(', '))
  const more = absent.length > 1 ? `, and ${absent.length - 1} more of these keys are not there` : ''
  const message = `Table ${table} has no row with the key ${absent[0]}${more}.`
  return {
    change: removed.length === 0 ? undefined : await withoutKeys(session, table, schema, removed),
    notices: absent.length === 0 ? [] : [{ code: 'ROWS_NOT_THERE', message }],
  }
}

async function byCondition(
  session: Session,
  base: Hash,
  table: string,
  schema: Schema,
  { where, parameters }: Extract<RowsWhere, { where: string }>,
): Promise<Change | undefined> {
  if (schema.key.length === 0) return onlyOthers(session, base, table, schema, { where, parameters })
  const removed: Row[] = []
  for await (const { rows } of rowPages(session, base, select(schema.key, table, `(${where}\n)`, parameters))) {
    for (const row of rows) removed.push(row)
    if (removed.length > MOST_KEYS) return onlyOthers(session, base, table, schema, { where, parameters })
  }
  return removed.length === 0 ? undefined : withoutKeys(session, table, schema, removed)
}

/** The table without rows of these keys. */
async function withoutKeys(session: Session, table: string, schema: Schema, removed: Row[]): Promise<Change> {
  const stage = await openStage(session, schema, true)
  await session.stageRows(stage, namesOf(schema), [])
  await session.finishStage(stage)
  return { kind: 'stage', table, stage, mode: 'append', schema, removed }
}

/** The table with the rows alone of which a condition is not true. */
async function onlyOthers(
  session: Session,
  base: Hash,
  table: string,
  schema: Schema,
  { where, parameters }: Extract<RowsWhere, { where: string }>,
): Promise<Change> {
  const stage = await openStage(session, schema, false)
  const columns = namesOf(schema)
  await session.stageRows(stage, columns, [])
  for await (const { rows } of rowPages(session, base, select(columns, table, `(${where}\n) IS NOT TRUE`, parameters)))
    await session.stageRows(stage, columns, rows)
  await session.finishStage(stage)
  return { kind: 'stage', table, stage, mode: 'replace', schema }
}

function openStage(session: Session, schema: Schema, rowsStay: boolean): Promise<number> {
  return session.openStage({ text: {}, schema, types: {}, rowsStay, stored: true, keyless: schema.key.length === 0 })
}

/** Both engines take names in backticks. A comment in the condition ends with its line. */
function select(columns: readonly string[], table: string, condition: string, parameters?: SqlParameters): Query {
  const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``
  return boundQuery(`SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(table)} WHERE ${condition}`, parameters)
}

function namesOf({ columns }: Schema): string[] {
  return columns.map(({ name }) => name)
}
