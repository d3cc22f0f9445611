import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { answerUndo, undoOptions, undoSettings, undoVerb } from '../undo.ts'

const options = undoOptions

export const revert: Command = command({
  positionals: [
    {
      name: 'COMMIT',
      about:
        'Any ref, a range A..B (what came after A up to B), or run:ID (all that a run saved); several are one commit, too',
      many: true,
    },
  ],
  options,
  note:
    'A new commit takes the change back, cell by cell. Of a merge it takes back all that the merge brought. ' +
    'To have that again, revert the revert: a second merge of the same branch brings nothing. ' +
    'If later commits changed the same cells or rows, the revert is refused, and nothing is taken back.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    "printf 'a,b\\n1,new\\n' | doltflow save foo -",
    'doltflow revert HEAD',
  ],
  run,
})

export { revert as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { positionals, values } = call
  const shown = positionals.join(', ')
  const db = await call.open({ writes: true })
  const action = await call.during(`reverting ${shown}`, db.revert(positionals, undoSettings(values)))
  answerUndo(
    call,
    action,
    `${undoVerb(values, 'Reverted', 'revert')} ${shown}`,
    `Nothing of ${shown} was left to take back`,
  )
}
