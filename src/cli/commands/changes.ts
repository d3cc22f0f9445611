import { csvWriter } from '../../formats/csv/index.ts'
import { cellText } from '../../model/cells.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { limitOf } from '../limits.ts'
import { changeColumns } from '../step/write-changes.ts'
import { toJson } from '../text/json.ts'

const options = {
  since: {
    type: 'string',
    value: 'REF|run:ID|step:NAME',
    about: 'From when on; of a step what its last success had read. Default: all rows, as added',
  },
  at: { type: 'string', value: 'REF', about: 'Until when. Default: the head of the branch' },
  branch: { type: 'string', value: 'B', about: 'Default: DOLTFLOW_BRANCH, else main' },
  before: { type: 'boolean', about: 'The cells before, too, in columns _before_…' },
  limit: { type: 'string', value: 'N', about: 'At most N rows. Default: all' },
} as const

export const changes: Command = command({
  positionals: [{ name: 'TABLE', about: 'The table' }],
  options,
  note:
    'CSV, with a column _change: added, modified or removed. If the key or the columns changed since, or the history was rewritten, ' +
    'every row is given as added, and a note says why. diff shows the same for people.',
  example: ['doltflow init', 'doltflow save foo foo.csv --key a', 'doltflow changes foo --since HEAD~1'],
  run: answer,
})

export { changes as command }

async function answer(call: Call<typeof options>): Promise<void> {
  const { values, positionals, out, errors, json } = call
  const [table] = positionals as [string]
  const { since, at, branch, before = false } = values
  const limit = limitOf(values.limit, '--limit') ?? Infinity
  const db = await call.open()
  const scope = { ...(at === undefined ? {} : { at }), ...(branch === undefined ? {} : { branch }) }
  const ref = at ?? branch
  const { names, types } = changeColumns(
    (await db.schema(table, ref === undefined ? {} : { at: ref }))?.columns ?? [],
    before,
  )
  const onFull = (reason: string): void => errors.line(`note: all rows, as added: ${reason}`)
  const found = db.changes(table, { ...scope, ...(since === undefined ? {} : { since }), before, onFull })
  const writer = csvWriter(names)
  let count = 0
  const begin = (): void => out.write(json ? '{"rows":[' : writer.head())
  for await (const row of found) {
    // What is refused has no head.
    if (count === 0) begin()
    if (count++ >= limit) break
    if (json) out.write(`${count === 1 ? '' : ','}${toJson(row)}`)
    else out.write(writer.rows([names.map((name) => cellText(row[name] ?? null, types.get(name) ?? 'any'))]))
    await out.drained()
  }
  if (count === 0) begin()
  if (json) out.line(']}')
}
