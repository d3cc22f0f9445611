import { UsageError } from '../../errors.ts'
import { ruleText } from '../../model/check.ts'
import type { CheckResult } from '../../verbs/checks/checks.ts'
import type { Call } from '../call.ts'
import { ruleOf } from '../check-words.ts'
import { command, type Command } from '../command.ts'
import { alignedTable } from '../text/table.ts'
import { count } from '../text/words.ts'

const options = {
  warn: { type: 'boolean', about: 'add: only tell, on the action; do not refuse' },
  at: { type: 'string', value: 'REF', about: 'run: the commit that is looked at. Default: the head' },
  table: { type: 'string', value: 'T', about: 'run: only the checks of this table' },
  author: { type: 'string', value: '"N <e>"', about: "Default: DOLTFLOW_AUTHOR, else Git's user, else user@host" },
} as const

export const check: Command = command({
  positionals: [
    { name: 'add|list|run|remove', about: 'What to do. Default: list', optional: true },
    { name: 'TABLE|NAME', about: "add: the table; run, remove: the check's name", optional: true },
    { name: 'NAME', about: 'add: what the check is called', optional: true },
    { name: 'KIND', about: 'add: what must hold, see below', optional: true, many: true },
  ],
  options,
  usage: 'add TABLE NAME KIND… [--warn] | list | run [NAME] [--at REF] [--table T] | remove NAME',
  note:
    'Kinds: not-null COL, unique COL…, range COL MIN MAX (* for none), in COL VALUE…, matches COL REGEX, references COL TABLE.COL, rows MIN MAX, ' +
    "max-changed 5%, max-removed 1%, sql 'SELECT …' (must give no rows). A check holds for every branch from then on: what breaks it is refused (status 4) " +
    'and kept on a branch rejected/…; doltflow merge rejected/… --override NAME --reason S publishes it all the same, on record. run ends with 4 if a check fails.',
  example: [
    'doltflow init',
    'doltflow save foo foo.csv --key a',
    'doltflow check add foo b-known not-null b',
    'doltflow check run',
  ],
  run: answer,
})

export { check as command }

async function answer(call: Call<typeof options>): Promise<number | void> {
  const [action = 'list', first, second, ...words] = call.positionals
  if (action === 'list' && first === undefined) return list(call)
  if (action === 'add' && first !== undefined && second !== undefined) return add(call, first, second, words)
  if (action === 'run' && second === undefined) return run(call, first)
  if (action === 'remove' && first !== undefined && second === undefined) return remove(call, first)
  throw new UsageError(
    'USAGE',
    `doltflow check ${[action, first ?? ''].join(' ').trim()}: write add TABLE NAME KIND…, list, run [NAME] or remove NAME.`,
    { data: { positionals: call.positionals } },
  )
}

async function add(call: Call<typeof options>, table: string, name: string, words: readonly string[]): Promise<void> {
  const { values, out } = call
  const rule = ruleOf(words)
  const db = await call.open({ writes: true })
  const result = await db.addCheck(table, name, rule, {
    level: values.warn ? 'warn' : 'error',
    ...(values.author === undefined ? {} : { author: values.author }),
  })
  call.answer(result, () => {
    out.line(`Added the check ${name}: ${table} ${ruleText(rule)}${values.warn ? ' (warn)' : ''}`)
    if (result.failure) out.line(`${failed(result)} now. The next change of ${table} must mend it.`)
  })
}

async function list(call: Call<typeof options>): Promise<void> {
  const { out } = call
  const db = await call.open()
  const checks = await db.checks()
  call.answer({ checks }, () => {
    if (checks.length === 0) return out.line('No checks. Add one: doltflow check add TABLE NAME not-null COLUMN')
    const rows = checks.map(({ name, table, rule, level }) => [name, table, ruleText(rule), level])
    for (const line of alignedTable(['check', 'table', 'rule', 'level'], rows, {
      columns: out.columns,
      keep: ['check', 'table'],
      paint: out.paint,
    }))
      out.line(line.trimEnd())
  })
}

async function run(call: Call<typeof options>, name: string | undefined): Promise<number> {
  const { values, out } = call
  const db = await call.open()
  const given = { name, at: values.at, table: values.table }
  const results = await db.runChecks(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  )
  const broken = results.filter(({ failure }) => failure !== null)
  call.answer({ checks: results }, () => {
    for (const result of results) out.line(result.failure ? failed(result) : `${result.check.name}: holds`)
    if (results.length === 0) out.line('No checks. Add one: doltflow check add TABLE NAME not-null COLUMN')
  })
  return broken.some(({ check: { level } }) => level === 'error') ? 4 : 0
}

async function remove(call: Call<typeof options>, name: string): Promise<void> {
  const db = await call.open({ writes: true })
  const removed = await db.removeCheck(name)
  call.answer(removed, (out) => out.line(`Removed the check ${name}: ${removed.table} ${ruleText(removed.rule)}`))
}

function failed({ check: { name, table }, failure }: CheckResult): string {
  const { reason, total, rows } = failure!
  const [first] = rows
  const example = first
    ? `, such as ${Object.entries(first)
        .map(([column, value]) => `${column} ${String(value)}`)
        .join(', ')}`
    : ''
  return `${name}: ${table} breaks it${total === null ? '' : ` in ${count(total, 'row')}`} (${reason}${example})`
}
