import { shellWord } from '../../model/shell-word.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { short } from '../text/words.ts'
import { answerUndo, undoOptions, undoSettings, undoVerb } from '../undo.ts'

const options = undoOptions

export const drop: Command = command({
  positionals: [{ name: 'TABLE', about: 'The table' }],
  options,
  note: 'The table leaves the head of one branch. Every earlier commit still has it, and restore brings it back.',
  example: ['doltflow init && doltflow save foo foo.csv --key a', 'doltflow drop foo'],
  run,
})

export { drop as command }

async function run(call: Call<typeof options>): Promise<void> {
  const table = call.positionals[0]!
  const db = await call.open({ writes: true })
  const action = await db.drop(table, undoSettings(call.values))
  answerUndo(call, action, `${undoVerb(call.values, 'Dropped', 'drop')} ${table}`, `${table} was not there`)
  if (!call.json && !call.values['dry-run'] && action.fromCommit !== null)
    call.out.line(`Bring it back with: doltflow restore ${shellWord(table)} --at ${short(action.fromCommit)}`)
}
