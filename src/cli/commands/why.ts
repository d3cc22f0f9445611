import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { tellRecord } from '../step/tell-step.ts'

const options = { run: { type: 'string', value: 'ID', about: 'In this run. Default: the last time' } } as const

export const why: Command = command({
  positionals: [{ name: 'STEP', about: 'The step' }],
  options,
  note: 'Every cause is told, not the first alone. What a step would do now is told by doltflow step --plan.',
  example: [
    'doltflow init',
    'doltflow save foo foo.csv --key a',
    'doltflow step copy --in foo --out bar --key a -- cp {foo} {bar}',
    'doltflow why copy',
  ],
  run: answer,
})

export { why as command }

async function answer(call: Call<typeof options>): Promise<void> {
  const { values, positionals } = call
  const db = await call.open({ isShort: true })
  const record = await db.why(positionals[0]!, values.run === undefined ? {} : { run: values.run })
  call.answer(record, () => tellRecord(call, record))
}
