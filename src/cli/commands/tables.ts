import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { atOptions } from '../options.ts'
import { alignedTable } from '../text/table.ts'
import { grouped, short, subject, time } from '../text/words.ts'

const options = { ...atOptions } as const

export const tables: Command = command({
  positionals: [],
  options,
  note: 'Equal hashes mean equal data, across branches, runs and databases. The last commit is that which last changed the table.',
  example: ['doltflow init && doltflow save foo foo.csv --key a', 'doltflow tables --at main'],
  run,
})

export { tables as command }

async function run(call: Call<typeof options>): Promise<void> {
  const db = await call.open({ isShort: true })
  const found = await db.tables({ at: call.values.at })
  call.answer({ tables: found }, (out) => {
    if (found.length === 0)
      return out.line(
        `No tables at ${call.values.at ?? db.defaultBranch} yet. Make one with: doltflow save TABLE FILE --key COLUMN`,
      )
    const rows = found.map(({ name, rows: size, key, hash, lastCommit }) => [
      name,
      { text: grouped(size), right: true },
      key.length === 0 ? '(none)' : key.join(', '),
      short(hash),
      short(lastCommit.hash),
      time(lastCommit.date),
      subject(lastCommit),
    ])
    for (const line of alignedTable(['table', 'rows', 'key', 'hash', 'commit', 'date', 'message'], rows, {
      columns: out.columns,
      keep: ['hash', 'commit', 'date'],
      paint: out.paint,
    }))
      out.line(line)
  })
}
