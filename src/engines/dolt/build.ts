import { createReadStream } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { DoltflowError, RefusedError, UsageError } from '../../errors.ts'
import type { Hash, Row, SaveMode } from '../../types.ts'
import type { Built, Change, Signature, StageResult } from '../engine.ts'
import { checkNames, createStatement, definition, keyType, readSchema, type StoredColumn, type StoredSchema } from './columns.ts'
import type { Connection } from './connection.ts'
import { reasonOf } from './faults.ts'
import { checkKeys, existingKey, repeatedKey, type Staged } from './keys.ts'
import { uncommitted } from './refs.ts'
import { spooledRows } from './spool.ts'
import { literal, quoted } from './sql.ts'
import { isSafe, typeFor, typeToHold } from './widening.ts'

/** How many rows, and characters, one INSERT has at most. */
const INSERT_ROWS = 1000
const INSERT_CHARACTERS = 1 << 20

/** What the server forbids, as far as it was seen. */
export interface Abilities {
  loadData: boolean
}

/** A staged source with what was found in it. */
export interface StagedSource extends Staged {
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
  abilities: Abilities,
  each: (rows: number) => void,
): Promise<Built> {
  await connection.use(scratch)
  if (again) {
    const [head, message] = (await connection.row('SELECT commit_hash, message FROM dolt_log LIMIT 1')) as [Hash, string]
    if (message === signature.message) return { commit: head }
    await connection.rows("CALL dolt_reset('--hard')")
  }
  if (change.kind === 'revert') return revert(connection, change.commit, signature)
  if (change.kind === 'stage') await put(connection, scratch, change, staged!, abilities, each)
  else if (change.kind === 'drop') await connection.run(`DROP TABLE ${quoted(change.table)}`)
  else await connection.rows("CALL dolt_checkout(?, '--', ?)", [change.from, change.table])
  if ((await uncommitted(connection)).length === 0) return { commit: undefined }
  return { commit: await commit(connection, signature) }
}

/** Commits all that the branch's working set has. */
export async function commit(connection: Connection, { message, author }: Signature): Promise<Hash> {
  return (await connection.cell<Hash>("CALL dolt_commit('-A', '-m', ?, '--author', ?)", [message, author]))!
}

/** The engine's revert commits by itself, without trailers: its commit is made anew. */
async function revert(connection: Connection, hash: Hash, signature: Signature): Promise<Built> {
  const head = await connection.cell<Hash>("SELECT dolt_hashof('HEAD')")
  try {
    await connection.rows('CALL dolt_revert(?)', [hash])
  } catch (cause) {
    const reason = reasonOf(cause)
    if (/nothing to commit|no changes/i.test(reason)) return { commit: undefined }
    throw new RefusedError(
      'MERGE_REFUSED',
      `Commit ${hash} can't be reverted here: ${reason}. Later commits changed the same rows; restore a table as it was instead (restore TABLE --at REF).`,
      { data: { commit: hash, reason }, cause },
    )
  }
  await connection.rows("CALL dolt_reset('--soft', ?)", [head])
  if ((await uncommitted(connection)).length === 0) return { commit: undefined }
  return { commit: await commit(connection, signature) }
}

async function put(
  connection: Connection,
  scratch: string,
  { table, mode, key }: Extract<Change, { kind: 'stage' }>,
  staged: StagedSource,
  abilities: Abilities,
  each: (rows: number) => void,
): Promise<void> {
  checkNames(table, staged.names)
  const there = await readSchema(connection, table)
  if (!there) await refuseSimilar(connection, table)
  const planned = there ?? newTable(staged, key!)
  await checkKeys(planned, staged)
  if (mode === 'upsert') {
    const repeated = await repeatedKey(planned, staged)
    if (repeated) throw repeated
  }
  if (there && mode === 'replace') await connection.run(`DELETE FROM ${quoted(table)}`)
  const schema = there ? await prepared(connection, table, there, staged) : planned
  if (!there) await connection.run(createStatement(table, planned))
  const sent = await send(connection, table, mode, staged, abilities)
  each(staged.result.rows)
  if (mode === 'upsert' || sent === staged.result.rows) return
  const fault = (await repeatedKey(schema, staged)) ?? (await existingKey(connection, (await headHash(connection))!, table, schema, staged))
  throw fault ?? new DoltflowError('ENGINE_FAILED', `Only ${sent} of ${staged.result.rows} rows went into ${table} on ${scratch}.`, { data: { table, sent } })
}

/** Names that differ in case alone are one table in the embedded engine, and in much of MySQL's world. */
async function refuseSimilar(connection: Connection, table: string): Promise<void> {
  const similar = await connection.cell<string>(
    'SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND lower(table_name) = lower(?)',
    [table],
  )
  if (similar !== undefined)
    throw new UsageError(
      'NAME_REFUSED',
      `There is a table ${similar}, whose name differs from ${table} in upper and lower case alone. Save into ${similar}, or choose another name.`,
      { data: { name: table, table: similar } },
    )
}

function headHash(connection: Connection): Promise<Hash | undefined> {
  return connection.cell<Hash>("SELECT dolt_hashof('HEAD')")
}

function newTable({ result, spool, names }: StagedSource, key: string[]): StoredSchema {
  const columns: StoredColumn[] = []
  result.columns.forEach(({ name, type }) => {
    const stored = key.includes(name) ? keyType(type, key.length) : ''
    columns.push({ name, type, stored })
  })
  for (const column of columns) if (column.stored === '') column.stored = typeFor(column.type, spool.facts[names.indexOf(column.name)]!, columns)
  return { columns, key }
}

/** Adds the columns that the source brings, and widens those that can't hold its cells. */
async function prepared(connection: Connection, table: string, schema: StoredSchema, { result, spool, names }: StagedSource): Promise<StoredSchema> {
  const columns = schema.columns.map((column) => ({ ...column }))
  const changes: string[] = []
  for (const { name, type } of result.columns) {
    const facts = spool.facts[names.indexOf(name)]!
    const column = columns.find((known) => known.name === name)
    if (!column) {
      const added = { name, type, stored: typeFor(type, facts, columns) }
      columns.push(added)
      changes.push(`ADD COLUMN ${definition(added, false)}`)
    } else if (!schema.key.includes(name)) {
      const others = columns.filter((other) => other !== column)
      const stored = await typeToHold(column, facts, others, () => isSafe(connection, table, name))
      if (stored === column.stored) continue
      column.stored = stored
      changes.push(`MODIFY COLUMN ${definition(column, false)}`)
    }
  }
  for (const change of changes) await connection.run(`ALTER TABLE ${quoted(table)} ${change}`)
  return { columns, key: schema.key }
}

/** Sends the staged rows. @returns how many the table took as new ones */
async function send(connection: Connection, table: string, mode: SaveMode, { spool, names }: StagedSource, abilities: Abilities): Promise<number> {
  const columns = names.map(quoted).join(', ')
  let sent = 0
  let rest = spool.rows - spool.oddRows.length
  if (abilities.loadData && rest > 0) {
    const name = `doltflow-${randomUUID()}`
    const sql = `LOAD DATA LOCAL INFILE ${literal(name)} ${mode === 'upsert' ? 'REPLACE' : 'IGNORE'} INTO TABLE ${quoted(table)} CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' (${columns})`
    try {
      sent = await connection.load(sql, name, () => createReadStream(spool.path, { highWaterMark: 1 << 20 }))
      rest = 0
    } catch (error) {
      if (!/local_infile|LOAD DATA LOCAL|not allowed/i.test(reasonOf(error))) throw error
      abilities.loadData = false
    }
  }
  const insert = `${mode === 'upsert' ? 'REPLACE' : 'INSERT IGNORE'} INTO ${quoted(table)} (${columns}) VALUES ?`
  if (rest > 0) sent += await inserted(connection, insert, spool.path)
  if (spool.oddRows.length > 0) sent += await inserted(connection, insert, spool.oddPath)
  return sent
}

async function inserted(connection: Connection, sql: string, path: string): Promise<number> {
  let sent = 0
  let rows: Row[] = []
  let characters = 0
  const flush = async (): Promise<void> => {
    if (rows.length > 0) sent += await connection.run(sql, [rows])
    rows = []
    characters = 0
  }
  for await (const batch of spooledRows(path))
    for (const row of batch) {
      rows.push(row)
      for (const cell of row) characters += cell?.length ?? 0
      if (rows.length >= INSERT_ROWS || characters >= INSERT_CHARACTERS) await flush()
    }
  await flush()
  return sent
}
