import { createHash } from 'node:crypto'
import { at, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { UsageError } from '../../errors.ts'
import { appendOwn, readOwn, type OwnTable } from '../../history/own-records.ts'
import { rowPages } from '../../history/row-pages.ts'
import { requireSchema } from '../../history/schemas-at.ts'
import { COLUMN_HASHES_TABLE } from '../../model/names.ts'
import { schemaText } from '../../model/schema-diff.ts'
import type { ConsumedTable } from '../../model/step.ts'
import type { StepRecord } from '../../runs/step-records.ts'
import type { Hash, Schema } from '../../types.ts'
import type { StepInput } from './step-options.ts'

const COLUMN_HASHES: OwnTable = { table: COLUMN_HASHES_TABLE, columns: ['id', 'hash'] }

/** The inputs of a step, each at the commit that it has now. What counts of them is hashed. */
export async function pinInputs(
  session: Session,
  context: Context,
  inputs: ReadonlyMap<string, StepInput>,
  { branch, author }: { branch: string; author: string },
): Promise<ConsumedTable[]> {
  const pinned: ConsumedTable[] = []
  for (const [input, { table, at: ref, columns, changes }] of inputs) {
    const commit = await at(session, context, ref, { branch, table })
    const hash = (await session.tableHash(commit, table)) ?? null
    if (hash === null) await requireSchema(session, commit, table)
    pinned.push({
      input,
      table,
      ref: ref ?? null,
      commit,
      hash,
      content:
        columns === undefined ? hash! : await columnsHash(session, { commit, table, hash: hash! }, columns, author),
      columns: columns === undefined ? null : [...columns],
      changes:
        changes === undefined || changes === false
          ? null
          : { before: changes === 'before', since: null, full: null, after: null },
    })
  }
  return pinned
}

/** Whether, and from where, only the changed rows of an input are read: since the last time that the step had them. */
export async function sinceLast(
  session: Session,
  pinned: ConsumedTable,
  last: StepRecord | undefined,
): Promise<ConsumedTable> {
  if (pinned.changes === null) return pinned
  const before = last?.tables.find(({ input, table }) => input === pinned.input && table === pinned.table)
  const full = before ? await reasonForAll(session, pinned, before.commit) : 'the step has read none of its rows yet'
  const after = last?.execution ?? null
  return { ...pinned, changes: { ...pinned.changes, full, since: full === null ? before!.commit : null, after } }
}

/** Why all rows of a table must be read, and not those alone that changed since a commit; null if these are enough. */
export async function reasonForAll(
  session: Session,
  { table, commit }: Pick<ConsumedTable, 'table' | 'commit'>,
  since: Hash,
): Promise<string | null> {
  if (!(await session.commit(since))) return `the commit ${since} that was read last is gone`
  if (!(await session.isAncestor(since, commit))) return `the commit ${since} that was read last is not in this history`
  const [old, fresh] = [await session.schema(since, table), await session.schema(commit, table)]
  if (!old || !fresh) return `the table was not there at ${since}`
  if (shape(old) !== shape(fresh)) return `its key or its columns changed: it was ${schemaText(old)}`
  return fresh.key.length === 0 ? 'the table has no key' : null
}

function shape({ columns, key }: Schema): string {
  return JSON.stringify([columns.map(({ name }) => name), key])
}

/** The hash of some columns of a table, in the order of its key; made once for each version of the table. */
async function columnsHash(
  session: Session,
  { commit, table, hash }: { commit: Hash; table: string; hash: Hash },
  columns: readonly string[],
  author: string,
): Promise<string> {
  const schema = await requireSchema(session, commit, table)
  requireColumns(schema, table, columns)
  const id = sha256(JSON.stringify([hash, columns]))
  const [known] = await readOwn(session, COLUMN_HASHES, { id })
  if (known) return String(known['hash'])
  const content = await hashRows(session, commit, { table, columns, schema })
  await appendOwn(session, COLUMN_HASHES, [id, content], {
    message: `hash of ${columns.join(', ')} of ${table}`,
    author,
  })
  return content
}

async function hashRows(
  session: Session,
  commit: Hash,
  { table, columns, schema }: { table: string; columns: readonly string[]; schema: Schema },
): Promise<string> {
  const digest = createHash('sha256')
  const types = columns.map((name) => [name, schema.columns.find((column) => column.name === name)!.type])
  digest.update(JSON.stringify(types))
  for await (const { columns: all, rows } of rowPages(session, commit, { table })) {
    const places = columns.map((name) => all.indexOf(name))
    for (const row of rows) digest.update(`${JSON.stringify(places.map((place) => told(row[place]!)))}\n`)
  }
  return digest.digest('hex')
}

/** A cell, told apart from one of another kind with the same text. */
function told(value: unknown): unknown {
  if (value === null || typeof value === 'string') return value
  if (value instanceof Uint8Array) return { bytes: sha256(value) }
  return { number: Object.is(value, -0) ? '-0' : String(value) }
}

/** @throws {UsageError} OPTION_INVALID */
function requireColumns({ columns: all }: Schema, table: string, columns: readonly string[]): void {
  const names = all.map(({ name }) => name)
  const missing = columns.find((name) => !names.includes(name))
  if (missing === undefined) return
  throw new UsageError('OPTION_INVALID', `The input ${table} has no column ${missing}. It has: ${names.join(', ')}.`, {
    data: { option: 'inputs', value: missing },
  })
}

function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
