import { UsageError } from '../../errors.ts'
import { shellWord } from '../../model/shell-word.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { alignedTable } from '../text/table.ts'
import { short } from '../text/words.ts'

const options = {
  from: { type: 'string', value: 'REF', about: 'Where a new branch begins. Default: HEAD' },
  message: { type: 'string', value: 'S', about: 'What a new branch is for' },
  delete: { type: 'boolean', about: 'Delete the branch' },
  remote: { type: 'string', value: 'R', about: 'With --delete: delete it at this remote, and not here' },
  all: { type: 'boolean', about: "List doltflow's own branches, too" },
} as const

export const branch: Command = command({
  positionals: [
    {
      name: 'NAME',
      about: 'The branch to make, or with --delete to delete; without it branches are listed',
      optional: true,
    },
  ],
  options,
  note: 'A save makes a branch, too: doltflow save foo foo.csv --new-branch exp. Commits that only a deleted branch had go with the next gc.',
  example: [
    'doltflow init',
    "doltflow branch exp --from HEAD --message 'prices without tax'",
    'doltflow branch',
    'doltflow branch exp --delete',
  ],
  run,
})

export { branch as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { values, positionals, out } = call
  const name = positionals[0]
  if (name === undefined) {
    const needy = (['delete', 'from', 'message', 'remote'] as const).find((option) => values[option] !== undefined)
    if (needy) throw new UsageError('USAGE', `--${needy} needs the NAME of a branch.`)
    return list(call)
  }
  if (values.all) throw new UsageError('USAGE', '--all is about the list of branches: leave the NAME out.')
  const other = (['from', 'message'] as const).find((option) => values[option] !== undefined)
  if (values.delete && other) throw new UsageError('USAGE', `--delete and --${other} contradict each other.`)
  if (values.remote !== undefined && !values.delete)
    throw new UsageError('USAGE', '--remote is about --delete. A branch gets to a remote by: doltflow push')
  const db = await call.open({ isShort: values.remote === undefined })
  if (values.delete && values.remote !== undefined) {
    const { remote } = values
    await call.during(`deleting at ${remote}`, db.deleteBranch(name, { remote }))
    return call.answer({ deleted: name, remote }, () => out.line(`Deleted branch ${name} at ${remote}`))
  }
  if (values.delete) {
    const hash = await db.resolve(name)
    await db.deleteBranch(name)
    return call.answer({ deleted: name, hash }, () =>
      out.line(
        `Deleted branch ${name}, which was at ${short(hash)}. Bring it back with: doltflow branch ${shellWord(name)} --from ${short(hash)}`,
      ),
    )
  }
  const made = await db.createBranch(name, values.from, { message: values.message })
  call.answer(made, () => out.line(`Made branch ${name} at ${short(made.hash)}`))
}

async function list(call: Call<typeof options>): Promise<void> {
  const { values, out } = call
  const db = await call.open({ isShort: true })
  const branches = await db.branches({ all: values.all })
  call.answer({ branches }, () => {
    const rows = branches.map(({ name, hash, message }) => [
      name === db.defaultBranch ? '*' : '',
      name,
      short(hash),
      name.startsWith('conflict/') ? 'keeps a conflict: see doltflow status' : (message ?? ''),
    ])
    for (const line of alignedTable(['', 'branch', 'commit', ''], rows, {
      columns: out.columns,
      keep: ['commit'],
      paint: out.paint,
    }))
      out.line(line.trimEnd())
  })
}
