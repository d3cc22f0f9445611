import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'

const options = {} as const

export const copy: Command = command({
  positionals: [
    { name: 'FROM', about: 'The database: a file, dolt:FOLDER or mysql://user@host:3306/database' },
    { name: 'TO', about: 'The new one; it must be empty, or not there yet' },
  ],
  options,
  note:
    'Branches, tags, and every commit with its author, date, message, trailers and parents are copied, table by table; each copy names its original in the ' +
    'trailer Doltflow-Copy, and --at run:<id> works there, too. Branches appear when every commit was compared with its original, and every head cell by cell. ' +
    'A copy that was stopped goes on where it was.',
  example: ['doltflow init && doltflow save foo foo.csv --key a', 'doltflow copy doltflow.db copy.db'],
  run,
})

export { copy as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { copy: copyInto } = await import('../../verbs/copy/copy.ts')
  const [from, to] = call.positionals.map((url) => (/^[a-z][a-z0-9+.-]+:/i.test(url) ? url : call.path(url)))
  const copied = await copyInto(from!, to!)
  call.answer(copied, (out) => {
    out.line(
      `Copied ${copied.from} to ${copied.to}: ${copied.commits} commits, ${copied.actions} actions; branches ${copied.branches.join(', ')}` +
        (copied.tags.length > 0 ? `; tags ${copied.tags.join(', ')}` : ''),
    )
    if (copied.cut.length > 0)
      out.line(
        `The other engine can't merge the schemas of these merges' parents; their copies have the first parent alone: ${copied.cut.join(', ')}`,
      )
  })
}
