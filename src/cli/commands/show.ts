import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { changedTablesLines } from '../text/diff-lines.ts'
import { visible } from '../text/width.ts'
import { time } from '../text/words.ts'

const options = {} as const

export const show: Command = command({
  positionals: [{ name: 'REF', about: 'Branch, tag, commit, HEAD, run:ID or date, each with ~N' }],
  options,
  note: 'A merge is compared with its first parent. The trailers lead from the commit to its action, and to the run that made it.',
  example: ['doltflow init && doltflow save foo foo.csv --key a --run r1', 'doltflow show HEAD'],
  run,
})

export { show as command }

async function run(call: Call<typeof options>): Promise<void> {
  const db = await call.open({ isShort: true })
  const found = await db.show(call.positionals[0]!)
  const { commit, tables } = found
  call.answer(found, (out) => {
    out.line(out.paint('yellow', `commit ${commit.hash}`))
    if (commit.parents.length > 0) out.line(`parents ${commit.parents.join(' ')}`)
    out.line(`author  ${visible(commit.author)}`)
    out.line(`date    ${time(commit.date)} UTC`)
    out.line()
    for (const line of commit.message.split('\n')) out.line(`    ${visible(line)}`)
    const trailers = Object.entries(commit.trailers)
    if (trailers.length > 0) out.line()
    for (const [name, value] of trailers) out.line(`    ${out.paint('dim', `${name}: ${visible(value)}`)}`)
    if (tables.length === 0) return
    out.line()
    for (const line of changedTablesLines(tables, out)) out.line(line)
  })
}
