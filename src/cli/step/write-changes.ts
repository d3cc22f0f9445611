import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { Database } from '../../database.ts'
import { UsageError } from '../../errors.ts'
import { csvWriter } from '../../formats/csv/index.ts'
import { cellText } from '../../model/cells.ts'
import type { ConsumedTable } from '../../model/step.ts'
import type { Column, ColumnType, Value } from '../../types.ts'

/** Writes rows that changed, with the column `_change`, as CSV or TSV. @throws {UsageError} FORMAT_UNKNOWN */
export async function writeChanges(
  db: Database,
  { table, commit, changes }: ConsumedTable,
  rows: AsyncIterable<Record<string, Value>>,
  path: string,
): Promise<void> {
  if (!/\.(csv|tsv)$/i.test(path))
    throw new UsageError('FORMAT_UNKNOWN', `The rows that changed are written as .csv or .tsv alone, not to ${path}.`, {
      data: { path },
    })
  const { names, types } = changeColumns((await db.schema(table, { at: commit }))!.columns, changes?.before ?? false)
  const writer = csvWriter(names, /\.tsv$/i.test(path) ? { delimiter: '\t' } : {})
  const out = createWriteStream(path)
  out.write(writer.head())
  for await (const row of rows) {
    const cells = names.map((name) => cellText(row[name] ?? null, types.get(name) ?? 'any'))
    if (!out.write(writer.rows([cells]))) await once(out, 'drain')
  }
  out.end()
  await finished(out)
}

/** The columns of rows that changed, and the types of those that are the table's. */
export function changeColumns(
  columns: readonly Column[],
  before: boolean,
): { names: string[]; types: ReadonlyMap<string, ColumnType> } {
  const old = before ? columns.map(({ name, type }) => ({ name: `_before_${name}`, type })) : []
  const types = new Map([...columns, ...old].map(({ name, type }): [string, ColumnType] => [name, type]))
  return { names: [...columns.map(({ name }) => name), '_change', ...old.map(({ name }) => name)], types }
}
