import { UsageError } from '../../errors.ts'
import { namedRules, parsePolicy, rulesText, type ColumnRules } from '../../model/conflict-rules.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { alignedTable } from '../text/table.ts'

const options = {} as const

export const rules: Command = command({
  positionals: [
    { name: 'list|set|remove', about: 'What to do. Default: list', optional: true },
    { name: 'TABLE', about: 'set, remove: the table', optional: true },
    { name: 'COL=RULE,…', about: 'set: what decides its conflicts, by column; * is all others', optional: true },
  ],
  options,
  usage: 'set TABLE COL=RULE,… | list | remove TABLE',
  note:
    'Rules: fail, ours, theirs, base, newest (the later one has the row), sum (the base plus both changes). They decide conflicts of the table ' +
    'on every branch from then on, unless --on-conflict decides otherwise, and travel with push, pull, clone and copy.',
  example: ['doltflow init', 'doltflow save foo foo.csv --key a', 'doltflow rules set foo b=theirs', 'doltflow rules'],
  run,
})

export { rules as command }

async function run(call: Call<typeof options>): Promise<void> {
  const [action = 'list', table, text] = call.positionals
  if (action === 'list' && table === undefined) return list(call)
  if (action === 'set' && table !== undefined && text !== undefined) return set(call, table, rulesOf(table, text))
  if (action === 'remove' && table !== undefined && text === undefined) return set(call, table, null)
  throw new UsageError(
    'USAGE',
    `doltflow rules ${[action, table ?? ''].join(' ').trim()}: write set TABLE COL=RULE,…, list or remove TABLE.`,
    { data: { positionals: call.positionals } },
  )
}

/** @throws {UsageError} OPTION_INVALID for what is of another table */
function rulesOf(table: string, text: string): ColumnRules {
  const all = namedRules(parsePolicy(text))
  const other = all.find((one) => one.table !== undefined && one.table !== table)
  if (other)
    throw new UsageError('OPTION_INVALID', `The rule of ${other.table}.${other.column} is not of table ${table}.`, {
      data: { table: other.table, column: other.column },
    })
  return Object.fromEntries(all.map(({ column, rule }) => [column, rule]))
}

async function set(call: Call<typeof options>, table: string, given: ColumnRules | null): Promise<void> {
  const db = await call.open({ writes: true })
  const kept = await db.setRules(table, given)
  call.answer({ table, rules: kept?.rules ?? null }, (out) =>
    out.line(kept ? `Conflicts of ${table}: ${rulesText(kept.rules)}` : `${table} has no rules for conflicts.`),
  )
}

async function list(call: Call<typeof options>): Promise<void> {
  const { out } = call
  const db = await call.open()
  const kept = await db.rules()
  call.answer({ rules: kept }, () => {
    if (kept.length === 0) return out.line('No rules. Set some: doltflow rules set TABLE COLUMN=theirs')
    const rows = kept.map(({ table, rules: own, author }) => [table, rulesText(own), author])
    for (const line of alignedTable(['table', 'rules', 'set by'], rows, {
      columns: out.columns,
      keep: ['table'],
      paint: out.paint,
    }))
      out.line(line.trimEnd())
  })
}
