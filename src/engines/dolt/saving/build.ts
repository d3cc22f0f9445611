import { DoltflowError } from '../../../errors.ts'
import type { Column, ColumnType, Hash, Row, SaveMode, Schema } from '../../../types.ts'
import type { Built, Change, Signature, StageResult } from '../../engine.ts'
import { HIDDEN, refuseUnmanaged, storedSchema } from '../../keyless.ts'
import { tableNameTaken } from '../../refusals.ts'
import { commit, headWith } from '../branches/commit.ts'
import { uncommitted } from '../branches/refs.ts'
import type { Connection } from '../connection/connection.ts'
import { quoted } from '../connection/sql.ts'
import { revert } from '../merging/revert.ts'
import {
  checkNames,
  createStatement,
  definition,
  HIDDEN_TYPES,
  keyCell,
  keyType,
  readSchema,
  tableNames,
  type StoredColumn,
  type StoredSchema,
} from '../tables/columns.ts'
import { isSafe, noFacts, typeFor, typeToHold, type ColumnFacts } from '../tables/widening.ts'
import { send, type Senders } from './bulk.ts'
import { checkKeys, existingKey, repeatedKey, type SpooledSource } from './keys.ts'
import { holdingColumns, refuseBinary } from './native-types.ts'
import { removeRows, RowChanges } from './row-changes.ts'

/** Keys that are removed by one statement. */
const KEYS = 500

/** A staged source with what was found in it. */
export interface StagedSource extends SpooledSource {
  result: StageResult
}

/**
 * Applies a change on a scratch branch and commits it there. Begun again, it finds the commit that it made, or
 * begins from the branch's head.
 */
export async function build(
  connection: Connection,
  again: boolean,
  scratch: string,
  change: Change,
  signature: Signature,
  staged: StagedSource | undefined,
  senders: Senders,
  each: (rows: number) => void,
): Promise<Built> {
  await connection.use(scratch)
  if (again) {
    const head = await headWith(connection, signature.message)
    if (head !== undefined) return { commit: head }
    await connection.rows("CALL dolt_reset('--hard')")
  }
  if (change.kind === 'revert') return revert(connection, scratch, change.commit, signature)
  if (change.kind === 'stage')
    await put(connection, change, staged!, again ? { ...senders, connect: undefined } : senders, each)
  else if (change.kind === 'drop') await connection.run(`DROP TABLE ${quoted(change.table)}`)
  else await connection.rows("CALL dolt_checkout(?, '--', ?)", [change.from, change.table])
  if ((await uncommitted(connection)).length === 0) return { commit: undefined }
  return { commit: await commit(connection, signature) }
}

async function put(
  connection: Connection,
  { table, mode, schema, removed = [], inOrder = false }: Extract<Change, { kind: 'stage' }>,
  staged: StagedSource,
  senders: Senders,
  each: (rows: number) => void,
): Promise<void> {
  checkNames(
    table,
    schema.columns.map((column) => column.name),
  )
  const there = await readSchema(connection, table)
  if (!there) await refuseSimilar(connection, table)
  if (schema.key.length === 0) {
    await putKeyless(connection, { table, mode, inOrder, schema: storedSchema(schema) }, there, staged, senders)
    return each(staged.result.rows)
  }
  const kept = there && hasSameKey(there, schema) ? there : undefined
  const planned = kept ?? newTable(staged, schema)
  if (kept) refuseBinary(table, kept)
  await checkKeys(planned, staged)
  const holding = kept ? await holdingColumns(kept, staged) : undefined
  if (mode === 'upsert') {
    const repeated = await repeatedKey(planned, staged)
    if (repeated) throw repeated
  }
  if (there && !kept) await connection.run(`DROP TABLE ${quoted(table)}`)
  if (kept && mode === 'replace') await connection.run(`DELETE FROM ${quoted(table)}`)
  if (there && removed.length > 0) await remove(connection, table, there, removed)
  if (kept) await alter(connection, table, kept, schema, staged, holding)
  else await connection.run(createStatement(table, planned))
  const partial = schema.columns.length > staged.names.length
  const sent = await send(connection, table, mode, { ...staged, partial }, senders)
  each(staged.result.rows)
  if (mode === 'upsert' || sent === staged.result.rows) return
  const fault =
    (await repeatedKey(planned, staged)) ??
    (await existingKey(connection, (await headHash(connection))!, table, planned, staged))
  throw fault ?? notAllSent(table, sent, staged.result.rows)
}

/** Rows that stay keep their places, so that they are not sent again. */
async function putKeyless(
  connection: Connection,
  { table, mode, inOrder, schema }: { table: string; mode: SaveMode; inOrder: boolean; schema: Schema },
  there: StoredSchema | undefined,
  staged: StagedSource,
  senders: Senders,
): Promise<void> {
  refuseUnmanaged(table, there, mode)
  const kept = there && hasSameKey(there, schema) ? there : undefined
  const changes = await RowChanges.find(connection, kept && table, { mode, inOrder }, staged.spool)
  try {
    if (there && !kept) await connection.run(`DROP TABLE ${quoted(table)}`)
    if (kept) await removeRows(connection, table, changes)
    if (kept) await alter(connection, table, kept, schema, staged)
    else await connection.run(createStatement(table, newTable(staged, schema)))
    const names = [...HIDDEN, ...staged.names]
    // The server takes longer to merge parts of a table with an index than to take all in one go.
    const sent = await send(connection, table, mode, { spool: changes, names }, { ...senders, connect: undefined })
    if (sent !== changes.rows) throw notAllSent(table, sent, changes.rows)
  } finally {
    changes.remove()
  }
}

function notAllSent(table: string, sent: number, rows: number): DoltflowError {
  const why = `The table has a constraint that the others do not meet, such as a unique index (SHOW CREATE TABLE ${table}).`
  return new DoltflowError('ENGINE_FAILED', `Only ${sent} of ${rows} rows went into ${table}. ${why}`, {
    data: { table, sent },
  })
}

async function remove(connection: Connection, table: string, schema: StoredSchema, keys: Row[]): Promise<void> {
  const columns = schema.key.map((name) => schema.columns.find((column) => column.name === name)!)
  const one = `(${schema.key.map((name) => `${quoted(name)} = ?`).join(' AND ')})`
  for (let at = 0; at < keys.length; at += KEYS) {
    const part = keys.slice(at, at + KEYS)
    const values = part.flatMap((key) => key.map((value, index) => keyCell(value, columns[index]!)))
    await connection.run(`DELETE FROM ${quoted(table)} WHERE ${part.map(() => one).join(' OR ')}`, values)
  }
}

/** Names that differ in case alone are one table in the embedded engine, and in much of MySQL's world. */
async function refuseSimilar(connection: Connection, table: string): Promise<void> {
  const names = await tableNames(connection)
  const similar = names.find((name) => name !== table && name.toLowerCase() === table.toLowerCase())
  if (similar !== undefined) throw tableNameTaken(table, similar)
}

function headHash(connection: Connection): Promise<Hash | undefined> {
  return connection.cell<Hash>("SELECT dolt_hashof('HEAD')")
}

/** Whether a table can be altered to a schema: what its key is stored as can't be changed. */
function hasSameKey(there: StoredSchema, { columns, key }: Schema): boolean {
  const typed = (all: readonly Column[]): string[] =>
    key.map((name) => all.find((one) => one.name === name)?.type ?? '')
  return JSON.stringify([there.key, typed(there.columns)]) === JSON.stringify([key, typed(columns)])
}

function newTable(staged: StagedSource, { columns, key }: Schema): StoredSchema {
  const stored = columns.map(({ name, type }): StoredColumn => {
    return { name, type, stored: HIDDEN_TYPES.get(name) ?? (key.includes(name) ? keyType(type, key.length) : '') }
  })
  for (const column of stored)
    if (column.stored === '') column.stored = typeFor(column.type, factsOf(staged, column.name), stored)
  return { columns: stored, key }
}

/**
 * Makes of a table's columns the schema's, each wide enough for the source's cells and those that stay.
 * @param holding columns whose types are a person's, and stay
 */
async function alter(
  connection: Connection,
  table: string,
  there: StoredSchema,
  schema: Schema,
  staged: StagedSource,
  holding: ReadonlySet<string> = new Set(),
): Promise<void> {
  const changes = there.columns
    .filter(({ name }) => !schema.columns.some((column) => column.name === name))
    .map(({ name }) => `DROP COLUMN ${quoted(name)}`)
  const columns = there.columns.filter(({ name }) => schema.columns.some((column) => column.name === name))
  for (const [index, { name, type }] of schema.columns.entries()) {
    const place = index === 0 ? 'FIRST' : `AFTER ${quoted(schema.columns[index - 1]!.name)}`
    const at = columns.findIndex((column) => column.name === name)
    const before = columns[at]
    const others = columns.filter((other) => other !== before)
    const isKey = schema.key.includes(name)
    const facts = factsOf(staged, name)
    const stored =
      isKey || holding.has(name) ? before!.stored : await storedAs(connection, table, before, type, facts, others)
    const required = before?.required === true && facts.nulls === 0
    const column: StoredColumn = { name, type, stored, required }
    if (!before) changes.push(`ADD COLUMN ${definition(column, isKey)} ${place}`)
    else if (
      at !== index ||
      before.stored !== stored ||
      before.type !== type ||
      (before.required ?? false) !== required
    )
      changes.push(`MODIFY COLUMN ${definition(column, isKey)} ${place}`)
    if (before) columns.splice(at, 1)
    columns.splice(index, 0, column)
  }
  for (const change of changes) await connection.run(`ALTER TABLE ${quoted(table)} ${change}`)
}

function storedAs(
  connection: Connection,
  table: string,
  before: StoredColumn | undefined,
  type: ColumnType,
  facts: ColumnFacts,
  others: readonly StoredColumn[],
): string | Promise<string> {
  if (!before) return typeFor(type, facts, others)
  return typeToHold({ ...before, type }, facts, others, () => isSafe(connection, table, before.name))
}

/** What the source's cells of a column need; nothing, if it has no such column. */
function factsOf({ spool, names }: StagedSource, column: string): ColumnFacts {
  return spool.facts[names.indexOf(column)] ?? noFacts()
}
