import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { bytes } from '../text/words.ts'

const options = {} as const

export const gc: Command = command({
  positionals: [],
  options,
  note: 'Everything that a branch or a tag leads to stays. What only a deleted branch or a dropped run had is gone after this, 30 days after it was saved or last read by its handle. So is the history of the records; they stay.',
  example: ['doltflow init && doltflow save foo foo.csv --key a', 'doltflow gc'],
  run,
})

export { gc as command }

async function run(call: Call<typeof options>): Promise<void> {
  const db = await call.open()
  const sizes = await call.during('collecting', db.gc())
  const { before, after } = sizes
  call.answer(sizes, (out) =>
    out.line(before === null || after === null ? 'done' : `${bytes(before)} before, ${bytes(after)} now`),
  )
}
