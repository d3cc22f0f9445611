import { failureText } from '../../model/check.ts'
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
    'Branches and tags are copied, and every commit with its author, date, message, trailers and parents. Each copy names its original in the ' +
    'trailer Doltflow-Copy, and --at run:<id> works there, too. Every commit is compared with its original, and every head cell by cell, before the branches appear. ' +
    'If a copy is stopped, the same command goes on with it.',
  example: ['doltflow init && doltflow save foo foo.csv --key a', 'doltflow copy doltflow.db copy.db'],
  run,
})

export { copy as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { copy: copyInto } = await import('../../verbs/copy/copy.ts')
  const [from, to] = call.positionals.map((url) => (/^[a-z][a-z0-9+.-]+:/i.test(url) ? url : call.path(url)))
  const copied = await call.during('copying', copyInto(from!, to!))
  call.answer(copied, (out) => {
    out.line(
      `Copied ${copied.from} to ${copied.to}: ${copied.commits} commits, ${copied.actions} actions; branches ${copied.branches.join(', ')}` +
        (copied.tags.length > 0 ? `; tags ${copied.tags.join(', ')}` : ''),
    )
    if (copied.cut.length > 0)
      out.line(
        `The other engine can't merge the schemas of these merges' parents; their copies have only the first parent: ${copied.cut.join(', ')}`,
      )
    for (const failure of copied.failures)
      call.errors.line(`Branch ${failure.branch}: ${failureText(failure)}. It was copied all the same.`)
  })
}
