import { UsageError } from '../../errors.ts'
import { shellWord } from '../../model/shell-word.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { keyRow } from '../key-row.ts'
import { count, short } from '../text/words.ts'
import { answerUndo, undoOptions, undoSettings, undoVerb } from '../undo.ts'

const options = {
  where: { type: 'string', value: 'SQL', about: 'The rows of which this is true, such as "day < \'2024-01-01\'"' },
  ...undoOptions,
} as const

export const deleteCommand: Command = command({
  positionals: [
    { name: 'TABLE', about: 'The table' },
    {
      name: 'KEY',
      about: 'The keys of rows. If the key has several columns, their values, with commas between',
      optional: true,
      many: true,
    },
  ],
  options,
  note: 'The rows leave the head of one branch. Every earlier commit still has them. Put -- before a negative key: doltflow delete foo -- -1.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    'doltflow delete foo 1',
    'doltflow delete foo --where "a > 3" --dry-run',
  ],
  run,
})

export { deleteCommand as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { values, positionals } = call
  const [table, ...keys] = positionals as [string, ...string[]]
  if ((keys.length === 0) === (values.where === undefined))
    throw new UsageError(
      'USAGE',
      `Say which rows: by keys, doltflow delete ${shellWord(table)} KEY…, or by a condition, --where SQL. To remove the whole table: doltflow drop ${shellWord(table)}`,
    )
  const db = await call.open({ writes: true })
  const schema = values.where === undefined ? await db.schema(table, { at: values.branch }) : undefined
  const which =
    values.where === undefined
      ? { keys: keys.map((key) => (schema?.key.length ? keyRow(key, schema, table) : [key])) }
      : { where: values.where }
  const action = await db.deleteRows(table, which, undoSettings(values))
  const what = count(action.removed ?? 0, 'row', 'rows')
  answerUndo(
    call,
    action,
    `${undoVerb(values, 'Deleted', 'delete')} ${what} of ${table}`,
    `no such row in ${table}: unchanged`,
  )
  if (!call.json && action.changed && !values['dry-run'] && action.fromCommit !== null)
    call.out.line(`Bring them back with: doltflow revert ${short(action.toCommit!)}`)
}
