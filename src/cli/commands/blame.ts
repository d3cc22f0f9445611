import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { keyRow } from '../key-row.ts'
import { moreLine, shownLimit } from '../limits.ts'
import { atOptions } from '../options.ts'
import { shownCell } from '../text/cells.ts'
import { alignedTable } from '../text/table.ts'
import { nameOf, short, subject, tableTime } from '../text/words.ts'

const options = {
  ...atOptions,
  limit: { type: 'string', value: 'N', about: 'So many rows at most. Default: 50 on a terminal, else all' },
} as const

export const blame: Command = command({
  positionals: [
    { name: 'TABLE', about: 'The table' },
    {
      name: 'KEY',
      about: 'One row. If the key has several columns, their values, with commas between',
      optional: true,
    },
  ],
  options,
  note: 'A row that came by a merge is blamed on the commit that really changed it. Put -- before a negative key: doltflow blame foo -- -1.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a --run r1',
    'doltflow blame foo',
    'doltflow blame foo 1',
  ],
  run,
})

export { blame as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { values, positionals, out } = call
  const [table, keyText] = positionals as [string, string?]
  const db = await call.open()
  const schema = await db.schema(table, { at: values.at })
  const key =
    keyText === undefined || !schema ? undefined : schema.key.length === 0 ? [keyText] : keyRow(keyText, schema, table)
  const limit = shownLimit(call)
  const all = await call.during(`blaming ${table}`, db.blame(table, { key, at: values.at }))
  const rows = all.slice(0, limit)
  call.answer({ table, rows }, () => {
    const names = schema!.key.length > 0 ? schema!.key : schema!.columns.map(({ name }) => name)
    const types = new Map(schema!.columns.map(({ name, type }) => [name, type]))
    const cells = rows.map(({ key: of, commit }) => [
      ...names.map((name) => shownCell(of[name], types.get(name))),
      short(commit.hash),
      tableTime(commit.date, out.columns),
      nameOf(commit.author),
      [commit.trailers['Doltflow-Run'], commit.trailers['Doltflow-Step']].filter(Boolean).join(' / '),
      subject(commit),
    ])
    for (const line of alignedTable([...names, 'commit', 'date', 'author', 'run', 'message'], cells, {
      columns: out.columns,
      keep: ['commit', 'date'],
      paint: out.paint,
    }))
      out.line(line.trimEnd())
    if (rows.length < all.length) out.line(moreLine(call, 'row', all.length - rows.length))
  })
}
