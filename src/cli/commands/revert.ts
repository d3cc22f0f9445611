import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { answerUndo, undoOptions, undoSettings } from '../undo.ts'

const options = undoOptions

export const revert: Command = command({
  positionals: [{ name: 'COMMIT', about: 'Any ref' }],
  options,
  note:
    'A new commit is made that takes the change back. Of a merge it takes back all that the merge brought: the branch has what it had before; ' +
    'merging the same branch again then brings nothing back (revert the revert). Where later commits changed the same rows, the revert is refused.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    "printf 'a,b\\n1,new\\n' | doltflow save foo -",
    'doltflow revert HEAD',
  ],
  run,
})

export { revert as command }

async function run(call: Call<typeof options>): Promise<void> {
  const ref = call.positionals[0]!
  const db = await call.open({ writes: true })
  const action = await db.revert(ref, undoSettings(call.values))
  answerUndo(call, action, `Reverted ${ref}`, `Nothing of ${ref} was left to take back`)
}
