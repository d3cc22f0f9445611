import { UsageError } from '../../errors.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { didYouMean } from '../suggest.ts'
import { alignedTable } from '../text/table.ts'
import { withoutPassword } from '../text/words.ts'

const options = {} as const

export const remote: Command = command({
  positionals: [
    { name: 'WHAT', about: 'add, list (the default) or remove', optional: true },
    { name: 'NAME', about: 'The name of the remote; origin is the default of pull and push', optional: true },
    {
      name: 'URL',
      about: 'file:///path/remote.db, s3://bucket/prefix, http://host/db or https://host/db',
      optional: true,
    },
  ],
  usage: 'add NAME URL | list | remove NAME',
  options,
  note: 'A URL must not hold a user or a password: the database would keep them in plain text. A file:// remote names a file, which the first push makes.',
  example: [
    'doltflow init',
    'doltflow remote add origin "file://$PWD/remote.db"',
    'doltflow remote list',
    'doltflow remote remove origin',
  ],
  run,
})

export { remote as command }

const WHATS = ['add', 'list', 'remove']
const FORMS: Record<string, { form: string; words: number }> = {
  add: { form: 'doltflow remote add NAME URL', words: 3 },
  list: { form: 'doltflow remote list', words: 1 },
  remove: { form: 'doltflow remote remove NAME', words: 2 },
}

async function run(call: Call<typeof options>): Promise<void> {
  const { positionals, out } = call
  const [what = 'list', name, url] = positionals
  const form = Object.hasOwn(FORMS, what) ? FORMS[what]! : undefined
  if (!form)
    throw new UsageError(
      'USAGE',
      `doltflow remote has no ${JSON.stringify(what)}: it is add, list or remove.${didYouMean(what, WHATS)}`,
    )
  if (positionals.length !== form.words && positionals.length > 0) throw new UsageError('USAGE', `Usage: ${form.form}`)
  const db = await call.open()
  if (what === 'add') {
    const added = await db.addRemote(name!, url!)
    call.answer(added, () => out.line(`Added remote ${added.name}: ${withoutPassword(added.url)}`))
  } else if (what === 'remove') {
    await db.removeRemote(name!)
    call.answer({ removed: name }, () => out.line(`Removed remote ${name}; what it holds stays there`))
  } else {
    const remotes = (await db.remotes()).map((known) => ({ ...known, url: withoutPassword(known.url) }))
    call.answer({ remotes }, () => {
      if (remotes.length === 0) return out.line('no remotes; add one with: doltflow remote add NAME URL')
      const rows = remotes.map((known) => [known.name, known.url])
      for (const line of alignedTable(['remote', 'URL'], rows, { columns: out.columns, paint: out.paint }))
        out.line(line)
    })
  }
}
