import type { Database } from '../../database.ts'
import { NotFoundError, UsageError } from '../../errors.ts'
import { sameValue } from '../../model/cells.ts'
import { schemaChanges } from '../../model/schema-diff.ts'
import type { ColumnType, Commit, Hash, RowDiff, Schema, TableDiff } from '../../types.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { limitOf, moreLine, shownLimit } from '../limits.ts'
import { allNames } from '../lists.ts'
import { rowWriter } from '../row-writer.ts'
import { changedTablesLines, changeNote } from '../text/diff-lines.ts'
import { changes, nameOf, short, subject, time } from '../text/words.ts'

const options = {
  stat: { type: 'boolean', about: 'Only how many rows differ' },
  format: {
    type: 'string',
    value: 'F',
    choices: ['table', 'csv', 'jsonl'],
    about: 'table (for people; the default), csv or jsonl',
  },
  columns: {
    type: 'string',
    value: 'a,b',
    multiple: true,
    about: 'Only these columns, and only rows that differ in one of them',
  },
  limit: { type: 'string', value: 'N', about: 'So many rows at most. Default: 50 on a terminal, else all' },
  'exit-code': { type: 'boolean', about: 'End with status 5 if there are differences' },
} as const

export const diff: Command = command({
  positionals: [
    { name: 'TABLE', about: 'The table; without it the tables that differ are listed', optional: true },
    { name: 'FROM', about: "The ref before. Default: that before the table's last change", optional: true },
    { name: 'TO', about: 'The ref after. Default: HEAD', optional: true },
  ],
  options,
  note:
    "Without refs you see the table's last change. Without a table you see which tables HEAD changed, or with two refs (doltflow diff main exp), " +
    'which differ between them. csv has the columns kind, the key, and before_c and after_c for each column c (with a _ in front if the key has a column of that name). jsonl has kind, key, before and after.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    "printf 'a,b\\n1,new\\n' | doltflow save foo - --mode upsert",
    'doltflow diff foo',
    'doltflow diff HEAD~1 HEAD',
  ],
  run,
})

export { diff as command }

interface Comparison {
  table: string
  from: string
  to: string
  /** The commit whose change it is, where no refs were given. */
  commit: Commit | undefined
}

async function run(call: Call<typeof options>): Promise<number> {
  const db = await call.open()
  const [first, ...refs] = call.positionals
  const differences =
    first === undefined || (refs.length < 2 && !(await isTable(db, first, refs)))
      ? await compareTables(call, db, call.positionals)
      : await compareRows(call, db, await comparison(db, first, refs))
  return differences && call.values['exit-code'] ? 5 : 0
}

/** Whether a first word names a table rather than a ref: it does where there is such a table, or no such ref. */
async function isTable(db: Database, name: string, refs: readonly string[]): Promise<boolean> {
  for (const at of ['HEAD', ...refs]) if (await db.schema(name, { at }).catch(absent)) return true
  if ((await db.resolve(name).catch(absent)) !== undefined) return false
  if ((await db.log({ table: name, limit: 1 })).length > 0) return true
  throw new NotFoundError(
    'TABLE_NOT_FOUND',
    `${JSON.stringify(name)} is neither a table nor a ref. See: doltflow tables, doltflow branch, doltflow log`,
    { data: { table: name } },
  )
}

function absent(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error
}

async function compareTables(
  call: Call<typeof options>,
  db: Database,
  [from, to]: readonly string[],
): Promise<boolean> {
  const { values } = call
  const rowsOnly = (['columns', 'limit'] as const).find((name) => values[name] !== undefined)
  if (rowsOnly !== undefined || (values.format ?? 'table') !== 'table')
    throw new UsageError('USAGE', `--${rowsOnly ?? 'format'} is about the rows of one table: name the TABLE first.`)
  const { range, tables } = from === undefined ? await headChange(db) : await between(db, from, to ?? 'HEAD')
  const data = tables.filter(({ table }) => !table.startsWith('_doltflow'))
  call.answer({ tables: data }, (out) => {
    if (data.length === 0) return out.line('no differences')
    out.line(out.paint('bold', range.map((hash) => short(hash)).join(' → ')))
    for (const line of changedTablesLines(data, out)) out.line(line)
  })
  return data.length > 0
}

interface TableChanges {
  /** The commits that are compared. */
  range: Hash[]
  tables: TableDiff[]
}

/** What the head changed; nothing if it is the first commit. */
async function headChange(db: Database): Promise<TableChanges> {
  const { commit, tables } = await db.show('HEAD')
  return { range: [...commit.parents.slice(0, 1), commit.hash], tables }
}

async function between(db: Database, from: string, to: string): Promise<TableChanges> {
  const range = [await db.resolve(from), await db.resolve(to)] as const
  return { range: [...range], tables: await db.changedTables(...range) }
}

async function comparison(db: Database, table: string, [from, to]: readonly string[]): Promise<Comparison> {
  if (from !== undefined)
    return {
      table,
      from: await db.resolve(from, { table }),
      to: await db.resolve(to ?? 'HEAD', { table }),
      commit: undefined,
    }
  const [commit] = await db.log({ table, limit: 1 })
  if (!commit)
    throw new NotFoundError(
      'TABLE_NOT_FOUND',
      `There is no table ${table}, and there never was one. See: doltflow tables`,
      { data: { table } },
    )
  return { table, from: commit.parents[0] ?? commit.hash, to: commit.hash, commit }
}

async function compareRows(
  call: Call<typeof options>,
  db: Database,
  { table, from, to, commit }: Comparison,
): Promise<boolean> {
  const { values, out, json } = call
  const [before, after] = [await db.schema(table, { at: from }), await db.schema(table, { at: to })]
  if (!before && !after)
    throw new NotFoundError(
      'TABLE_NOT_FOUND',
      `There is no table ${table} at ${from}, nor at ${to}. See: doltflow tables --at ${to}`,
      { data: { table, from, to } },
    )
  const columns = chosenColumns(table, allNames(values.columns, '--columns'), before, after)
  const rows = filtered(db.diff(table, from, to), values.columns === undefined ? undefined : columns)
  const schemaLines = changesOf(before, after)
  const format = json ? 'json' : (values.format ?? 'table')
  if (values.stat) return stat(call, db, { table, from, to, commit }, rows)
  if (format === 'table') out.line(out.paint('bold', heading({ table, from, to, commit })))
  if (format === 'table') for (const line of schemaLines) out.line(line)
  const writer = rowWriter(out, format, {
    compared: { table, from, to },
    columns,
    types: typesOf(before, after),
    key: (after ?? before)!.key,
  })
  const limit = format === 'table' ? shownLimit(call) : (limitOf(values.limit, '--limit') ?? Infinity)
  let shown = 0
  let more = false
  for await (const row of rows) {
    more = shown === limit
    if (more) break
    writer.row(row, shown++ === 0)
    await out.drained()
  }
  writer.end(shown)
  if (more && format === 'table') out.line(moreLine(call, 'row'))
  return shown > 0 || more || schemaLines.length > 0
}

async function stat(
  call: Call<typeof options>,
  db: Database,
  { table, from, to, commit }: Comparison,
  rows: AsyncIterable<RowDiff>,
): Promise<boolean> {
  const counts = { added: 0, modified: 0, removed: 0 }
  let schemaChanged = false
  let note = ''
  if (call.values.columns === undefined) {
    const found = await db.diffCounts(table, from, to)
    if (found) ({ added: counts.added, modified: counts.modified, removed: counts.removed, schemaChanged } = found)
    note = found ? changeNote(found) : ''
  } else for await (const { kind } of rows) counts[kind]++
  call.answer({ table, from, to, ...counts, schemaChanged }, (out) =>
    out.line(`${heading({ table, from, to, commit })}: ${changes(counts)}${note && `, ${note}`}`),
  )
  return counts.added + counts.modified + counts.removed > 0 || schemaChanged
}

function heading({ table, from, to, commit }: Comparison): string {
  const range = `${table} ${short(from)} → ${short(to)}`
  return commit ? `${range} (${time(commit.date)}, ${nameOf(commit.author)}: ${subject(commit)})` : range
}

function chosenColumns(
  table: string,
  wanted: string[] | undefined,
  before: Schema | undefined,
  after: Schema | undefined,
): string[] {
  const known = [...new Set([...(after?.columns ?? []), ...(before?.columns ?? [])].map(({ name }) => name))]
  const unknown = wanted?.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new UsageError('OPTION_INVALID', `Table ${table} has no column ${unknown}. It has: ${known.join(', ')}.`, {
      data: { table, column: unknown, columns: known },
    })
  return wanted ?? known
}

async function* filtered(
  rows: AsyncIterable<RowDiff>,
  columns: readonly string[] | undefined,
): AsyncGenerator<RowDiff> {
  for await (const row of rows) {
    const { kind, before, after } = row
    if (!columns || kind !== 'modified' || columns.some((column) => !sameValue(before?.[column], after?.[column])))
      yield row
  }
}

function changesOf(before: Schema | undefined, after: Schema | undefined): string[] {
  if (!before || !after) return [before ? 'the table was dropped' : 'the table is new']
  return schemaChanges(before, after)
}

function typesOf(before: Schema | undefined, after: Schema | undefined): Map<string, ColumnType> {
  return new Map([...(before?.columns ?? []), ...(after?.columns ?? [])].map(({ name, type }) => [name, type]))
}
