import { shellWord } from '../../model/shell-word.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { policyOf } from '../conflict-policy.ts'
import { conflictOptions } from '../options.ts'
import { short } from '../text/words.ts'

const options = { ...conflictOptions } as const

export const pull: Command = command({
  positionals: [
    {
      name: 'REMOTE',
      about: 'A saved name, or a URL. Default: DOLTFLOW_REMOTE, else origin, else the only one',
      optional: true,
    },
  ],
  options,
  note: "If both sides have moved, a branch is merged by row and cell. A conflict (status 3) moves no branch at all; ours is here, theirs is the remote. A branch that you deleted here doesn't come back.",
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    'doltflow remote add origin "file://$PWD/remote.db" && doltflow push',
    'doltflow pull origin',
  ],
  run,
})

export { pull as command }

async function run(call: Call<typeof options>): Promise<void> {
  const db = await call.open({ writes: true })
  const {
    remote,
    branches: all,
    left,
  } = await call.during('pulling', db.pull(call.positionals[0], { onConflict: policyOf(call.values) }))
  const branches = all.filter(({ name }) => name !== 'doltflow')
  call.answer({ remote, branches, left }, (out) => {
    out.line(
      branches.length === 0
        ? `Nothing new at ${remote}`
        : `Pulled from ${remote}: ${branches.map(({ name, commit }) => `${name} ${short(commit)}`).join(', ')}`,
    )
    for (const { name, commit } of left)
      out.line(
        `Left there, since deleted here: ${name}; bring it back with: doltflow branch ${shellWord(name)} --from ${short(commit)}`,
      )
  })
}
