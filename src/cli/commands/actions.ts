import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { moreLine, shownLimit } from '../limits.ts'
import { alignedTable } from '../text/table.ts'
import { changes, nameOf, short, tableTime } from '../text/words.ts'

const options = {
  run: { type: 'string', value: 'ID', about: 'Only those of this run' },
  table: { type: 'string', value: 'T', about: 'Only those of this table, also queries that read it' },
  commit: { type: 'string', value: 'H', about: 'Only those that made this commit, or read it (any ref)' },
  from: { type: 'string', value: 'REF', about: 'Only those that made or read a commit after this one' },
  to: { type: 'string', value: 'REF', about: 'The last commit of that range. Default: HEAD' },
  limit: { type: 'string', value: 'N', about: 'The newest N at most. Default: 50 on a terminal, else all' },
} as const

export const actions: Command = command({
  positionals: [],
  options,
  note: 'Oldest first. Saves are recorded always, loads if they have a run. --json has the whole record of each.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a --run r1 --step fetch',
    'doltflow load foo copy.csv --run r1 --step train',
    'doltflow actions --run r1',
  ],
  run,
})

export { actions as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { values, out } = call
  const db = await call.open({ isShort: true })
  const limit = shownLimit(call)
  const all = await db.actions({
    run: values.run,
    table: values.table,
    commit: values.commit,
    from: values.from,
    to: values.to,
  })
  const found = all.slice(-limit)
  call.answer({ actions: found }, () => {
    if (found.length === 0) return out.line('no actions')
    if (found.length < all.length) out.line(moreLine(call, 'action', all.length - found.length, 'older'))
    const rows = found.map((action) => [
      tableTime(action.startedAt, out.columns),
      action.kind,
      action.table ?? action.sql ?? '',
      action.kind === 'load' ? `read ${short(action.fromCommit)}` : `${action.branch ?? ''} ${short(action.toCommit)}`,
      action.kind === 'load' ? '' : action.changed ? (action.added === null ? 'merged' : changes(action)) : 'unchanged',
      [action.run, action.step].filter((name) => name !== null).join(' / '),
      nameOf(action.author),
      (action.file ?? '').split('\n').join(', '),
    ])
    for (const line of alignedTable(['started', 'kind', 'table', 'commit', 'rows', 'run', 'author', 'file'], rows, {
      columns: out.columns,
      keep: ['started', 'commit', 'rows'],
      least: { table: 10, run: 17 },
      paint: out.paint,
    }))
      out.line(line.trimEnd())
  })
}
