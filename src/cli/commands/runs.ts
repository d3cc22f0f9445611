import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { moreLine, shownLimit } from '../limits.ts'
import { alignedTable } from '../text/table.ts'

const STATUSES = ['running', 'published', 'failed', 'interrupted', 'dropped'] as const
const options = {
  status: { type: 'string', value: STATUSES.join('|'), choices: STATUSES, about: 'Only runs that stand so' },
  limit: { type: 'string', value: 'N', about: 'At most N. Default: all; on a terminal 50' },
} as const

export const runs: Command = command({
  positionals: [],
  options,
  note: 'A run is interrupted if its process is gone without a word. Its tables are on the branch run/ID: resume it, publish it as it is, or drop it.',
  example: ['doltflow init', 'doltflow run --id night-1 -- doltflow save foo foo.csv --key a', 'doltflow runs'],
  run: list,
})

export { runs as command }

async function list(call: Call<typeof options>): Promise<void> {
  const { values, out } = call
  const limit = shownLimit(call)
  const db = await call.open({ isShort: true })
  const found = await db.runs({ status: values.status })
  const shown = found.slice(0, limit)
  call.answer({ runs: shown }, () => {
    if (found.length === 0) return out.line('No runs. Begin one with: doltflow run -- COMMAND')
    const rows = shown.map(({ id, status, into, startedAt, command: words }) => [
      id,
      status,
      into,
      startedAt.slice(0, 19).replace('T', ' '),
      words?.join(' ') ?? '',
    ])
    for (const line of alignedTable(['run', 'status', 'into', 'started', 'command'], rows, {
      columns: out.columns,
      keep: ['run', 'status'],
      paint: out.paint,
    }))
      out.line(line.trimEnd())
    if (found.length > shown.length) out.line(moreLine(call, 'run', found.length - shown.length))
  })
}
