import { UsageError } from '../../errors.ts'
import { shellWord } from '../../model/shell-word.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { alignedTable } from '../text/table.ts'
import { short } from '../text/words.ts'

const options = {
  from: { type: 'string', value: 'REF', about: 'Where a new branch begins. Default: HEAD' },
  delete: { type: 'boolean', about: 'Delete the branch' },
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
  example: ['doltflow init', 'doltflow branch exp --from HEAD', 'doltflow branch', 'doltflow branch exp --delete'],
  run,
})

export { branch as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { values, positionals, out } = call
  const name = positionals[0]
  if (name === undefined) {
    if (values.delete || values.from !== undefined)
      throw new UsageError('USAGE', `${values.delete ? '--delete' : '--from'} needs the NAME of a branch.`)
    return list(call)
  }
  if (values.all) throw new UsageError('USAGE', '--all is about the list of branches: leave the NAME out.')
  if (values.delete && values.from !== undefined)
    throw new UsageError('USAGE', '--delete and --from contradict each other.')
  const db = await call.open({ isShort: true })
  if (values.delete) {
    const hash = await db.resolve(name)
    await db.deleteBranch(name)
    return call.answer({ deleted: name, hash }, () =>
      out.line(
        `Deleted branch ${name}, which was at ${short(hash)}. Bring it back with: doltflow branch ${shellWord(name)} --from ${short(hash)}`,
      ),
    )
  }
  const made = await db.createBranch(name, values.from)
  call.answer(made, () => out.line(`Made branch ${name} at ${short(made.hash)}`))
}

async function list(call: Call<typeof options>): Promise<void> {
  const { values, out } = call
  const db = await call.open({ isShort: true })
  const branches = await db.branches({ all: values.all })
  call.answer({ branches }, () => {
    const rows = branches.map(({ name, hash }) => [
      name === db.defaultBranch ? '*' : '',
      name,
      short(hash),
      name.startsWith('conflict/') ? 'keeps a conflict: see doltflow status' : '',
    ])
    for (const line of alignedTable(['', 'branch', 'commit', ''], rows, {
      columns: out.columns,
      keep: ['commit'],
      paint: out.paint,
    }))
      out.line(line.trimEnd())
  })
}
