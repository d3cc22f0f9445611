import { UsageError } from '../../errors.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { alignedTable } from '../text/table.ts'
import { short, tableTime } from '../text/words.ts'

const options = {
  message: { type: 'string', value: 'S', about: 'What it is for' },
  delete: { type: 'boolean', about: 'Delete the tag' },
} as const

export const tag: Command = command({
  positionals: [
    { name: 'NAME', about: 'The tag to make, or with --delete to delete; without it tags are listed', optional: true },
    { name: 'REF', about: 'The commit that it names. Default: HEAD', optional: true },
  ],
  options,
  note: "A tag doesn't move. To give its name to another commit, delete it first.",
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    "doltflow tag v1 --message 'the annual report'",
    'doltflow load foo copy.csv --at v1',
  ],
  run,
})

export { tag as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { values, positionals, out } = call
  const [name, ref] = positionals
  if (values.message !== undefined && (name === undefined || values.delete))
    throw new UsageError('USAGE', '--message is about a new tag: doltflow tag NAME [REF] --message S')
  if (values.delete && (name === undefined || ref !== undefined))
    throw new UsageError('USAGE', '--delete needs the NAME of a tag, and nothing else: doltflow tag NAME --delete')
  const db = await call.open({ isShort: true })
  if (name === undefined) {
    const tags = await db.tags()
    return call.answer({ tags }, () => {
      if (tags.length === 0) return out.line('no tags; make one with: doltflow tag NAME [REF]')
      const rows = tags.map(({ name: known, hash, createdAt, message }) => [
        known,
        short(hash),
        createdAt === null ? '' : tableTime(createdAt, out.columns),
        message ?? '',
      ])
      for (const line of alignedTable(['tag', 'commit', 'made', ''], rows, { columns: out.columns, paint: out.paint }))
        out.line(line.trimEnd())
    })
  }
  if (values.delete) {
    await db.deleteTag(name)
    return call.answer({ deleted: name }, () => out.line(`Deleted tag ${name}`))
  }
  const made = await db.createTag(name, ref, { message: values.message })
  call.answer(made, () => out.line(`Tagged ${short(made.hash)} as ${name}`))
}
