import { UsageError } from '../../errors.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { alignedTable } from '../text/table.ts'
import { short } from '../text/words.ts'

const options = { delete: { type: 'boolean', about: 'Delete the tag' } } as const

export const tag: Command = command({
  positionals: [
    { name: 'NAME', about: 'The tag to make, or with --delete to delete; without it tags are listed', optional: true },
    { name: 'REF', about: 'The commit that it names. Default: HEAD', optional: true },
  ],
  options,
  note: "A tag doesn't move. To give its name to another commit, delete it first.",
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    'doltflow tag v1',
    'doltflow load foo copy.csv --at v1',
  ],
  run,
})

export { tag as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { values, positionals, out } = call
  const [name, ref] = positionals
  if (values.delete && (name === undefined || ref !== undefined))
    throw new UsageError('USAGE', '--delete needs the NAME of a tag, and nothing else: doltflow tag NAME --delete')
  const db = await call.open({ isShort: true })
  if (name === undefined) {
    const tags = await db.tags()
    return call.answer({ tags }, () => {
      if (tags.length === 0) return out.line('no tags; make one with: doltflow tag NAME [REF]')
      const rows = tags.map((known) => [known.name, short(known.hash)])
      for (const line of alignedTable(['tag', 'commit'], rows, { columns: out.columns, paint: out.paint }))
        out.line(line)
    })
  }
  if (values.delete) {
    await db.deleteTag(name)
    return call.answer({ deleted: name }, () => out.line(`Deleted tag ${name}`))
  }
  const made = await db.createTag(name, ref)
  call.answer(made, () => out.line(`Tagged ${short(made.hash)} as ${name}`))
}
