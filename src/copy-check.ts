import { cellText } from './cell-text.ts'
import type { Session } from './engines/engine.ts'
import { RefusedError } from './errors.ts'
import type { Hash, Row, Schema } from './types.ts'

/**
 * Compares a commit with its copy, cell by cell: every table, its schema, and each row by its key.
 * @throws {RefusedError} COPY_DIFFERS
 */
export async function checkCopy(source: Session, original: Hash, target: Session, copied: Hash): Promise<void> {
  const tables = await source.tables(original)
  same('its tables', tables.toSorted(), (await target.tables(copied)).toSorted(), { original, copied })
  for (const table of tables) {
    const at = { table, original, copied }
    const schema = (await source.schema(original, table))!
    same('its schema', schema, await target.schema(copied, table), at)
    same('the number of its rows', await source.rowCount(original, table), await target.rowCount(copied, table), at)
    if (schema.key.length > 0) await checkByKey(source, target, schema, at)
    else await checkInOrder(source, target, at)
  }
}

interface At {
  table: string
  original: Hash
  copied: Hash
}

async function checkByKey(source: Session, target: Session, schema: Schema, at: At): Promise<void> {
  const names = schema.columns.map(({ name }) => name)
  const places = schema.key.map((name) => names.indexOf(name))
  const { id } = await source.openRows(at.original, { table: at.table })
  for (let rows = await source.nextRows(id); rows; rows = await source.nextRows(id)) {
    const keys = rows.map((row) => places.map((place) => row[place]!))
    const found = await target.rowsByKey(at.copied, at.table, keys)
    for (const [index, row] of rows.entries()) {
      const other = found[index]
      same(
        `row ${JSON.stringify(keys[index]!.map(String))}`,
        texts(schema, row),
        other &&
          texts(
            schema,
            names.map((name) => other[name]!),
          ),
        at,
      )
    }
  }
  await source.drop(id)
}

async function checkInOrder(source: Session, target: Session, at: At): Promise<void> {
  const [ours, theirs] = [
    await source.openText(at.original, { table: at.table }, {}),
    await target.openText(at.copied, { table: at.table }, {}),
  ]
  let [left, right] = [Buffer.alloc(0), Buffer.alloc(0)] as Buffer[]
  for (;;) {
    const [one, other] = [await source.nextText(ours.id), await target.nextText(theirs.id)]
    left = Buffer.concat([left!, one?.bytes ?? Buffer.alloc(0)])
    right = Buffer.concat([right!, other?.bytes ?? Buffer.alloc(0)])
    const length = Math.min(left.length, right.length)
    same('its rows', left.toString('latin1', 0, length), right.toString('latin1', 0, length), at)
    left = left.subarray(length)
    right = right.subarray(length)
    if (!one && !other) break
  }
  same('its rows', left.length, right.length, at)
}

function texts({ columns }: Schema, row: Row): (string | null)[] {
  return row.map((value, index) => cellText(value, columns[index]!.type))
}

function same(what: string, expected: unknown, found: unknown, data: Partial<At>): void {
  if (JSON.stringify(expected) === JSON.stringify(found)) return
  throw new RefusedError(
    'COPY_DIFFERS',
    `The copy ${data.copied} of commit ${data.original} differs${data.table === undefined ? '' : ` in table ${data.table}`}: ${what}. No branch was made. Copy again into a new database, and tell the maintainers.`,
    { data: { ...data, what } },
  )
}
