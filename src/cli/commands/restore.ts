import { UsageError } from '../../errors.ts'
import { shellWord } from '../../model/shell-word.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { atOptions } from '../options.ts'
import { answerUndo, undoOptions, undoSettings } from '../undo.ts'

const options = {
  at: { ...atOptions.at, about: 'What the table is to be again: any ref. Needed' },
  ...undoOptions,
} as const

export const restore: Command = command({
  positionals: [{ name: 'TABLE', about: 'The table; one that was dropped comes back' }],
  usage: 'TABLE --at REF [options]',
  options,
  note: 'A new commit is made; nothing that was published is taken back. What others save meanwhile to the same rows is a conflict.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    'doltflow drop foo',
    'doltflow restore foo --at HEAD~1',
  ],
  run,
})

export { restore as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { values, positionals } = call
  const table = positionals[0]!
  if (values.at === undefined)
    throw new UsageError(
      'USAGE',
      `restore needs --at REF: what is ${table} to be again? See: doltflow log ${shellWord(table)}`,
    )
  const db = await call.open({ writes: true })
  const action = await db.restore(table, values.at, undoSettings(values))
  answerUndo(call, action, `Restored ${table} as at ${values.at}`, `${table} is as at ${values.at} already`)
}
