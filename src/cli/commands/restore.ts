import { UsageError } from '../../errors.ts'
import type { Action } from '../../model/action.ts'
import { shellWord } from '../../model/shell-word.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { atOptions } from '../options.ts'
import { tellNotices } from '../text/notices.ts'
import { answerUndo, undoLine, undoOptions, undoSettings, undoVerb } from '../undo.ts'

const options = {
  all: { type: 'boolean', about: 'Every table, as one commit; one that was not there then is dropped' },
  at: { ...atOptions.at, about: 'The version that you want back: any ref. Needed' },
  ...undoOptions,
} as const

export const restore: Command = command({
  positionals: [{ name: 'TABLE', about: 'The table; one that was dropped comes back', optional: true }],
  usage: '(TABLE | --all) --at REF [options]',
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
  const [table] = positionals
  if ((table === undefined) !== (values.all ?? false))
    throw new UsageError('USAGE', 'restore takes a TABLE, or --all for every table. See: doltflow restore --help')
  if (values.at === undefined)
    throw new UsageError(
      'USAGE',
      `restore needs --at REF: which version of ${table ?? 'every table'} do you want back? See: doltflow log${table === undefined ? '' : ` ${shellWord(table)}`}`,
    )
  const db = await call.open({ writes: true })
  const restored = undoVerb(values, 'Restored', 'restore')
  if (table === undefined) {
    const all = db.restoreAll(values.at, undoSettings(values))
    return answerAll(call, await call.during('restoring every table', all), restored)
  }
  const action = await call.during(`restoring ${table}`, db.restore(table, values.at, undoSettings(values)))
  answerUndo(call, action, `${restored} ${table} as at ${values.at}`, `${table} is as at ${values.at} already`)
}

function answerAll(call: Call<typeof options>, actions: readonly Action[], restored: string): void {
  const { at } = call.values
  const dropped = undoVerb(call.values, 'Dropped', 'drop')
  call.answer({ actions }, (out) => {
    for (const action of actions)
      out.line(
        undoLine(
          action,
          action.kind === 'drop'
            ? `${dropped} ${action.table}, which was not there`
            : `${restored} ${action.table} as at ${at}`,
          `Every table is as at ${at} already`,
        ),
      )
    tellNotices(actions, call.errors)
  })
}
