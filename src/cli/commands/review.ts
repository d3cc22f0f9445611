import { writeBeside } from '../../files/write-target.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { blocksOf } from '../review/blocks.ts'
import { htmlOf, markdownOf, writeText } from '../review/render.ts'

const options = {
  into: { type: 'string', value: 'B', about: 'Where the work is to go: a ref. Default: DOLTFLOW_BRANCH, else main' },
  markdown: { type: 'boolean', about: "For a pull request's comment" },
  html: { type: 'string', value: 'FILE', about: 'Into a file that opens in a browser, offline' },
} as const

export const review: Command = command({
  positionals: [{ name: 'BRANCH', about: 'The branch, or any ref, whose work is looked at' }],
  options,
  note:
    'Only what BRANCH changed since it parted from B is compared. You see how many rows differ, which columns, what their cells were and are like, what most changed rows have in common, ' +
    'some rows of each kind, and what the checks find. Nothing moves.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    "printf 'a,b\\n1,new\\n' | doltflow save foo - --mode upsert --new-branch exp",
    'doltflow review exp',
    'doltflow review exp --html review.html',
  ],
  run,
})

export { review as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { values, positionals, out } = call
  const what = positionals[0]!
  const db = await call.open()
  const into = values.into ?? db.defaultBranch
  const found = await call.during(`reviewing ${what}`, db.review(into, what))
  const blocks = blocksOf(found, { into, what })
  if (values.html !== undefined) {
    const page = Buffer.from(htmlOf(blocks))
    const written = await writeBeside(
      async function* () {
        yield page
      },
      call.path(values.html),
      {},
    )
    await written.replace()
  }
  call.answer(found, () => {
    if (values.markdown) out.write(markdownOf(blocks))
    else if (values.html === undefined) writeText(blocks, out)
    else out.line(`Wrote ${values.html}`)
  })
}
