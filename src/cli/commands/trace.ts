import { UsageError } from '../../errors.ts'
import type { Origin, Trace } from '../../verbs/lineage/trace.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { keyRow } from '../key-row.ts'
import { nameOf, short, subject, time } from '../text/words.ts'

const options = { at: { type: 'string', value: 'REF', about: 'The row as it was then. Default: the head' } } as const

export const trace: Command = command({
  positionals: [
    { name: 'TABLE', about: 'The table' },
    { name: 'KEY', about: "The row's key; of several columns, with commas between" },
    { name: 'COLUMN', about: 'Its cell in this column alone', optional: true },
  ],
  options,
  note: 'Each line is what made the one above it: a commit, the step and the run that made it, and the tables that it read, at their versions.',
  example: [
    'doltflow init',
    'doltflow save foo foo.csv --key a',
    'doltflow step copy --in foo --out bar --key a -- cp {foo} {bar}',
    'doltflow trace bar 1 b',
  ],
  run: answer,
})

export { trace as command }

async function answer(call: Call<typeof options>): Promise<void> {
  const { values, positionals } = call
  const [table, key, column] = positionals as [string, string, string?]
  const db = await call.open()
  const at = values.at === undefined ? {} : { at: values.at }
  const schema = await db.schema(table, at)
  if (schema && column !== undefined && !schema.columns.some(({ name }) => name === column))
    throw new UsageError(
      'OPTION_INVALID',
      `The table ${table} has no column ${column}. It has: ${schema.columns.map(({ name }) => name).join(', ')}.`,
      { data: { column } },
    )
  const row = schema && schema.key.length > 0 ? keyRow(key, schema, table) : [key]
  const found = await db.trace(table, row, { ...at, ...(column === undefined ? {} : { column }) })
  call.answer(found, (out) => {
    out.line(headOf(found, key, column))
    for (const line of originLines(found, '')) out.line(line)
  })
}

function headOf({ table, change: { kind, before, after } }: Trace, key: string, column: string | undefined): string {
  const cell = (row: Record<string, unknown> | null): string =>
    row === null ? '(no row)' : String(row[column!] ?? 'NULL')
  return column === undefined
    ? `${table} ${key}: ${kind}`
    : `${table} ${key} ${column}: ${cell(before)} → ${cell(after)}`
}

function originLines({ table, commit, by, inputs }: Origin, indent: string): string[] {
  const made = [by?.step && `step ${by.step}`, by?.run && `run ${by.run}`].filter(Boolean).join(', ')
  const from = by && by.files.length > 0 ? ` from ${by.files.join(', ')}` : ''
  const line = `${indent}${table} ${short(commit.hash)}  ${time(commit.date)}  ${nameOf(commit.author)}  ${made === '' ? subject(commit) : `[${made}]`}${from}`
  return [line, ...inputs.flatMap((input) => originLines(input, `${indent}  `))]
}
