import { contextOf } from '../../database.ts'
import { UsageError } from '../../errors.ts'
import { sameValue } from '../../model/cells.ts'
import { schemaChanges } from '../../model/schema-diff.ts'
import type { ColumnType, RowDiff, Schema } from '../../types.ts'
import { comparing, countRows, type Comparer, type RowComparison } from '../../verbs/diff.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { limitOf, moreLine, shownLimit } from '../limits.ts'
import { allNames } from '../lists.ts'
import { rowWriter } from '../row-writer.ts'
import { changedTablesLines, changeNote } from '../text/diff-lines.ts'
import { changes, nameOf, short, subject, time } from '../text/words.ts'

const options = {
  stat: { type: 'boolean', about: 'Only how many rows differ, and of one table how many cells of each column' },
  format: {
    type: 'string',
    value: 'F',
    choices: ['table', 'csv', 'jsonl'],
    about: 'table (for people; the default), csv or jsonl',
  },
  with: { type: 'string', value: 'TABLE', about: 'Compare with another table, at the same ref or at TO' },
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
    {
      name: 'FROM',
      about:
        "The ref before, or A..B, or A...B (from where the two parted). Default: that before the table's last change",
      optional: true,
    },
    { name: 'TO', about: 'The ref after. Default: HEAD', optional: true },
  ],
  options,
  note:
    "Without refs you see the table's last change. Without a table you see which tables HEAD changed, or with two refs (doltflow diff main exp), " +
    'which differ between them. main...fix shows what fix alone did since it left main. csv has the columns kind, the key, and before_c and after_c for each column c (with a _ in front if the key has a column of that name). jsonl has kind, key, before and after.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    "printf 'a,b\\n1,new\\n' | doltflow save foo - --mode upsert",
    'doltflow diff foo',
    'doltflow diff HEAD~1 HEAD',
  ],
  run,
})

export { diff as command }

async function run(call: Call<typeof options>): Promise<number> {
  const db = await call.open()
  const [first, ...refs] = call.positionals
  const { with: other } = call.values
  if (first === undefined && other !== undefined)
    throw new UsageError('USAGE', '--with compares two tables: doltflow diff TABLE --with TABLE [REF]')
  const differences = await comparing(contextOf(db), async (comparer) =>
    first === undefined || (other === undefined && refs.length < 2 && !(await comparer.isTable(first, refs)))
      ? showTables(call, comparer)
      : showRows(call, await comparer.rows(first, refs, other)),
  )
  return differences && call.values['exit-code'] ? 5 : 0
}

async function showTables(call: Call<typeof options>, comparer: Comparer): Promise<boolean> {
  const { values, positionals } = call
  const rowsOnly = (['columns', 'limit'] as const).find((name) => values[name] !== undefined)
  if (rowsOnly !== undefined || (values.format ?? 'table') !== 'table')
    throw new UsageError('USAGE', `--${rowsOnly ?? 'format'} is about the rows of one table: name the TABLE first.`)
  const { range, tables } = await comparer.tables(...positionals)
  const data = tables.filter(({ table }) => !table.startsWith('_doltflow'))
  call.answer({ tables: data }, (out) => {
    if (data.length === 0) return out.line('no differences')
    out.line(out.paint('bold', range.map((hash) => short(hash)).join(' → ')))
    for (const line of changedTablesLines(data, out)) out.line(line)
  })
  return data.length > 0
}

async function showRows(call: Call<typeof options>, comparison: RowComparison): Promise<boolean> {
  const { values, out, json } = call
  const { table, from, to, before, after } = comparison
  const columns = chosenColumns(table, allNames(values.columns, '--columns'), before, after)
  const rows = filtered(comparison.rows(), values.columns === undefined ? undefined : columns)
  const schemaLines = changesOf(before, after)
  const format = json ? 'json' : (values.format ?? 'table')
  if (values.stat) return stat(call, comparison, rows, columns)
  if (format === 'table') out.line(out.paint('bold', heading(comparison)))
  if (format === 'table') for (const line of schemaLines) out.line(line)
  const writer = rowWriter(out, format, {
    compared: { table, from, to },
    columns,
    types: { before: typesOf(before), after: typesOf(after) },
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
  comparison: RowComparison,
  rows: AsyncIterable<RowDiff>,
  columns: readonly string[],
): Promise<boolean> {
  const { table, from, to } = comparison
  const { cells: all, ...walked } = await countRows(rows)
  const cells = Object.fromEntries(Object.entries(all).filter(([column]) => columns.includes(column)))
  // The engine says what has changed beside the rows, too.
  const found = call.values.columns === undefined ? await comparison.counts() : undefined
  const { added, modified, removed, schemaChanged = false } = { ...walked, ...found }
  const counts = { added, modified, removed }
  const note = found ? changeNote(found) : ''
  call.answer({ table, from, to, ...counts, schemaChanged, cells }, (out) => {
    out.line(`${heading(comparison)}: ${changes(counts)}${note && `, ${note}`}`)
    for (const [column, count] of Object.entries(cells).toSorted(([, a], [, b]) => b - a))
      out.line(`  ${column}: ${count} ${count === 1 ? 'cell' : 'cells'}`)
  })
  return counts.added + counts.modified + counts.removed > 0 || schemaChanged
}

function heading({ table, from, to, commit }: RowComparison): string {
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

function typesOf(schema: Schema | undefined): Map<string, ColumnType> {
  return new Map(schema?.columns.map(({ name, type }) => [name, type]))
}
