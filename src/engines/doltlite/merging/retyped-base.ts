import type { Row } from '../../../types.ts'
import { newTypes, retypedCell } from '../../retyped-cells.ts'
import { quoted, type Connection } from '../connection/connection.ts'
import type { Reshaped } from './changed-schemas.ts'

/** Whether the sides store a column under another type than the base: then equal cells are stored in two ways. */
export function isRetyped({ base, ours, theirs }: Reshaped): boolean {
  return newTypes(base, ours, theirs).some((type) => type !== undefined)
}

/**
 * The base's rows, for a FROM clause. If the sides gave its columns other types, they are copied, each cell as it is
 * stored under the new type.
 * @param attached has the versions, as `base`, `ours` and `theirs`
 */
export function baseRows(attached: Connection, one: Reshaped): string {
  const { table, base, ours, theirs } = one
  if (!base || !isRetyped(one)) return `base.${quoted(table)}`
  const copy = `temp.${quoted(table)}`
  if (attached.cell("SELECT 1 FROM temp.sqlite_schema WHERE type = 'table' AND name = ?", table) === 1) return copy
  const names = base.columns.map(({ name }) => quoted(name)).join(', ')
  attached.exec(`CREATE TABLE ${copy} (${names}, PRIMARY KEY (${base.key.map(quoted).join(', ')})) WITHOUT ROWID`)
  const put = attached.prepareExact(`INSERT INTO ${copy} VALUES (${base.columns.map(() => '?').join(', ')})`)
  const types = newTypes(base, ours, theirs)
  const rows = attached.prepareExact(`SELECT ${names} FROM base.${quoted(table)}`).iterate() as Iterable<Row>
  for (const row of rows)
    put.run(
      ...row.map((cell, at) => {
        const type = types[at]
        const stored = type === undefined ? cell : retypedCell(cell, base.columns[at]!.type, type)
        // A number is bound as a real.
        return type !== undefined && Number.isSafeInteger(stored) ? BigInt(stored as number) : stored
      }),
    )
  return copy
}
