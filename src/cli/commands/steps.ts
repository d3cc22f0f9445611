import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { moreLine, shownLimit } from '../limits.ts'
import { alignedTable } from '../text/table.ts'
import { tableTime } from '../text/words.ts'

const options = {
  step: { type: 'string', value: 'NAME', about: 'Only this step' },
  run: { type: 'string', value: 'ID', about: 'Only this run' },
  limit: { type: 'string', value: 'N', about: 'At most N. Default: all; on a terminal 50' },
} as const

export const steps: Command = command({
  positionals: [],
  options,
  note: 'Each execution is listed once. One that is begun runs yet, or was killed.',
  example: [
    'doltflow init',
    'doltflow save foo foo.csv --key a',
    'doltflow step copy --in foo --out bar --key a -- cp {foo} {bar}',
    'doltflow steps',
  ],
  run: answer,
})

export { steps as command }

async function answer(call: Call<typeof options>): Promise<void> {
  const { values, out } = call
  const limit = shownLimit(call)
  const db = await call.open({ isShort: true })
  const given = { step: values.step, run: values.run }
  const filter = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const found = await db.steps({ ...filter, ...(limit === Infinity ? {} : { limit: limit + 1 }) })
  const shown = found.slice(0, limit)
  call.answer({ steps: shown }, () => {
    if (found.length === 0) return out.line('No steps. Do one with: doltflow step NAME -- COMMAND')
    const rows = shown.map(({ step, status, run, at, branch, causes }) => [
      step,
      status,
      tableTime(at, out.columns),
      run ?? '',
      branch,
      causes.map(({ text }) => text).join('; '),
    ])
    for (const line of alignedTable(['step', 'status', 'when', 'run', 'branch', 'why'], rows, {
      columns: out.columns,
      keep: ['step', 'status'],
      paint: out.paint,
    }))
      out.line(line.trimEnd())
    if (found.length > shown.length) out.line(moreLine(call, 'step'))
  })
}
