import { shellWord } from '../../model/shell-word.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'

const options = {
  branch: { type: 'string', value: 'B', about: 'The branch that is looked at. Default: DOLTFLOW_BRANCH, else main' },
} as const

export const plan: Command = command({
  positionals: [],
  options,
  note: 'Steps are known as they were done last, with their tables, files and code. One behind another runs only if that makes something else. Nothing runs now.',
  example: [
    'doltflow init',
    'doltflow save foo foo.csv --key a',
    'doltflow step copy --in foo --out bar --key a -- cp {foo} {bar}',
    'doltflow plan',
  ],
  run: answer,
})

export { plan as command }

async function answer(call: Call<typeof options>): Promise<void> {
  const db = await call.open({ isShort: [] })
  const { branch } = call.values
  const steps = await db.plan(branch === undefined ? {} : { branch })
  call.answer({ steps }, (out) => {
    if (steps.length === 0) return out.line('Nothing must run again.')
    for (const { step, causes, certain, command: words } of steps) {
      out.line(
        `${step}${certain ? '' : ' (if that makes something else)'}${words ? `: ${words.map(shellWord).join(' ')}` : ''}`,
      )
      for (const { text } of causes) out.line(`  because ${text}`)
    }
  })
}
