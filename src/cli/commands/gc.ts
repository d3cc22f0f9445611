import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { bytes } from '../text/words.ts'

const options = {} as const

export const gc: Command = command({
  positionals: [],
  options,
  note: 'Everything that a branch or a tag leads to stays. What only a deleted branch had is gone after this, and so is the history of the records; they stay.',
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
