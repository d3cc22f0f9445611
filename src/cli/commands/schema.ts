import { NotFoundError } from '../../errors.ts'
import { nullsOf } from '../../model/action.ts'
import { shellWord } from '../../model/shell-word.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { atOptions } from '../options.ts'
import { alignedTable } from '../text/table.ts'

const options = { ...atOptions } as const

export const schema: Command = command({
  positionals: [{ name: 'TABLE', about: 'The table' }],
  options,
  note: 'A column of the type any holds numbers and text: a cell is a number if the number gives back its very text. With --at you see the table as it was.',
  example: ['doltflow init && doltflow save foo foo.csv --key a', 'doltflow schema foo'],
  run,
})

export { schema as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { values, positionals } = call
  const table = positionals[0]!
  const db = await call.open({ isShort: true })
  const at = values.at ?? db.defaultBranch
  const found = await db.schema(table, { at: values.at })
  if (!found)
    throw new NotFoundError(
      'TABLE_NOT_FOUND',
      `There is no table ${table} at ${at}. See: doltflow tables --at ${shellWord(at)}`,
      { data: { table, at } },
    )
  const saved = (await db.actions({ table })).findLast(({ kind }) => kind === 'save')
  const nulls = saved ? nullsOf(saved) : []
  call.answer({ table, ...found, nulls }, (out) => {
    const rows = found.columns.map(({ name, type }) => [
      name,
      type,
      found.key.includes(name) ? `key${found.key.length > 1 ? ` ${found.key.indexOf(name) + 1}` : ''}` : '',
    ])
    for (const line of alignedTable(['column', 'type', 'key'], rows, { columns: out.columns, paint: out.paint }))
      out.line(line.trimEnd())
    if (nulls.length > 0)
      out.line(`NULL, beside nothing: ${nulls.map((text) => JSON.stringify(text)).join(', ')} (--null)`)
    if (found.key.length === 0) out.line('no key: a row is known by all its cells')
  })
}
