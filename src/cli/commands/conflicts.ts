import { csvWriter } from '../../formats/csv/index.ts'
import { cellText } from '../../model/cells.ts'
import { keyCellsText } from '../../model/key-text.ts'
import { shellWord } from '../../model/shell-word.ts'
import type { ColumnType, ConflictCell, Schema, Value } from '../../types.ts'
import type { ConflictList } from '../../verbs/conflicts/conflicts.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { policyOf } from '../conflict-policy.ts'
import { moreLine, shownLimit } from '../limits.ts'
import { conflictOptions } from '../options.ts'
import { toJson } from '../text/json.ts'
import { alignedTable } from '../text/table.ts'
import { count } from '../text/words.ts'

const options = {
  into: {
    type: 'string',
    value: 'B',
    about: 'The branch that is to get the work. Default: DOLTFLOW_BRANCH, else main',
  },
  format: {
    type: 'string',
    value: 'F',
    choices: ['table', 'csv', 'jsonl'],
    about: 'table (for people; the default), csv or jsonl (to be filled in)',
  },
  ...conflictOptions,
  limit: { type: 'string', value: 'N', about: 'table: so many lines at most. Default: 50 on a terminal, else all' },
} as const

const HEAD = ['table', 'key', 'column', 'base', 'ours', 'theirs', 'decision', 'value'] as const

export const conflicts: Command = command({
  positionals: [
    {
      name: 'BRANCH',
      about: 'The branch that is to be merged. Default: the one branch conflict/… that is kept',
      optional: true,
    },
  ],
  options,
  note:
    'Each line is a cell that both branches changed differently; without a column it is a row that one of them deleted. Write ours, theirs or base into the column decision, ' +
    'or your own cell into the column value, and give the file to doltflow merge BRANCH --resolve FILE. A line without a decision stays a conflict. Nothing moves here.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a && doltflow branch exp',
    "printf 'a,b\\n1,mine\\n' | doltflow save foo - --mode upsert --branch exp",
    "printf 'a,b\\n1,yours\\n' | doltflow save foo - --mode upsert",
    'doltflow conflicts exp --format csv > decisions.csv',
    "sed -i '2s/,,$/,theirs,/' decisions.csv",
    'doltflow merge exp --resolve decisions.csv',
  ],
  run,
})

export { conflicts as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { values, positionals, out } = call
  const db = await call.open()
  const given = { into: values.into ?? db.defaultBranch, onConflict: policyOf(values) }
  const found = await call.during('listing conflicts', db.conflicts(positionals[0], given))
  call.answer(found, () => {
    const lines = found.conflicts.map((one) => lineOf(one, found.schemas[one.table]!))
    if (values.format === 'csv') {
      const writer = csvWriter(HEAD)
      out.write(writer.head())
      out.write(writer.rows(lines.map((line) => [...line, null, null])))
    } else if (values.format === 'jsonl')
      for (const one of found.conflicts) out.line(jsonLine(one, found.schemas[one.table]!))
    else showTable(call, found, lines)
  })
}

function showTable(
  call: Call<typeof options>,
  { branch, into, rows, conflicts: all }: ConflictList,
  lines: (string | null)[][],
): void {
  const { out } = call
  if (all.length === 0) return out.line(`${branch} merges into ${into} without a conflict.`)
  const limit = shownLimit(call)
  out.line(`${count(rows, 'row')} of ${branch} ${rows === 1 ? 'conflicts' : 'conflict'} with ${into}:`)
  const shown = lines.slice(0, limit).map((line) => line.map((cell) => cell ?? ''))
  for (const line of alignedTable(HEAD.slice(0, 6), shown, {
    columns: out.columns,
    keep: ['table', 'key'],
    paint: out.paint,
  }))
    out.line(line.trimEnd())
  if (lines.length > limit) out.line(moreLine(call, 'line'))
  out.line(
    `Decide: doltflow conflicts ${shellWord(branch)} --into ${shellWord(into)} --format csv > decisions.csv; then doltflow merge ${shellWord(branch)} --into ${shellWord(into)} --resolve decisions.csv`,
  )
}

/** A conflict's texts, as a file has them. */
function lineOf(one: ConflictCell, schema: Schema): (string | null)[] {
  const side = (value: ConflictCell['base']): string | null => {
    const text = textOf(value, one.column, schema)
    return text === null || typeof text === 'string' ? text : JSON.stringify(text)
  }
  return [one.table, keyCellsText(one.key, schema), one.column, side(one.base), side(one.ours), side(one.theirs)]
}

/** Cells are texts, which no reader of JSON rounds. */
function jsonLine(one: ConflictCell, schema: Schema): string {
  const [base, ours, theirs] = [one.base, one.ours, one.theirs].map((value) => textOf(value, one.column, schema))
  const key = textOf(one.key, null, schema)
  return toJson({ table: one.table, key, column: one.column, base, ours, theirs, decision: null, value: null })
}

function textOf(
  value: ConflictCell['base'],
  column: string | null,
  { columns }: Schema,
): string | null | Record<string, string | null> {
  const typeOf = (name: string): ColumnType => columns.find((one) => one.name === name)!.type
  if (column !== null) return cellText(value as Value, typeOf(column))
  const row = value as Record<string, Value> | null
  return row && Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cellText(cell, typeOf(name))]))
}
