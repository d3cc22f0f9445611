import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { short, time } from '../text/words.ts'

const options = {} as const

export const recall: Command = command({
  positionals: [{ name: 'RUN|COMMIT', about: 'Whose result is in doubt' }],
  options,
  note: 'Every later execution that read what it wrote is listed, directly or through other tables. doltflow revert run:ID takes the run itself back.',
  example: [
    'doltflow init',
    'doltflow save foo foo.csv --key a --run night-1',
    'doltflow step copy --in foo --out bar --key a -- cp {foo} {bar}',
    'doltflow recall night-1',
  ],
  run: answer,
})

export { recall as command }

async function answer(call: Call<typeof options>): Promise<void> {
  const [what] = call.positionals as [string]
  const db = await call.open()
  const found = await db.recall(what)
  call.answer(found, (out) => {
    for (const { table, commit } of found.wrote) out.line(`wrote ${table} ${short(commit)}`)
    if (found.wrote.length === 0) out.line(`${what} wrote no table.`)
    for (const { step, run, at, through } of found.reached)
      out.line(
        `read by ${[step && `step ${step}`, run && `run ${run}`].filter(Boolean).join(', ') || 'a load'} at ${time(at)}, through ${through.join(', ')}`,
      )
    if (found.reached.length === 0) out.line('Nobody read it since.')
    else out.line(`To mend it, run again in this order: ${found.plan.join(', ')}`)
  })
}
