import { UsageError } from '../../errors.ts'
import { shellWord } from '../../model/shell-word.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { atOptions } from '../options.ts'
import { answerUndo, undoOptions, undoSettings } from '../undo.ts'

const options = {
  at: { ...atOptions.at, about: 'The version that you want back: any ref. Needed' },
  ...undoOptions,
} as const

export const restore: Command = command({
  positionals: [{ name: 'TABLE', about: 'The table; one that was dropped comes back' }],
  usage: 'TABLE --at REF [options]',
  options,
  note: 'This makes a new commit; the history stays. If others save to the same rows at the same time, that is a conflict.',
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
      `restore needs --at REF: which version of ${table} do you want back? See: doltflow log ${shellWord(table)}`,
    )
  const db = await call.open({ writes: true })
  const action = await call.during(`restoring ${table}`, db.restore(table, values.at, undoSettings(values)))
  answerUndo(call, action, `Restored ${table} as at ${values.at}`, `${table} is as at ${values.at} already`)
}
