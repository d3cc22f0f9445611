import type { Session } from '../../engines/engine.ts'
import { RefusedError } from '../../errors.ts'
import { rowPages } from '../../history/row-pages.ts'
import { cellText } from '../../model/cells.ts'
import { fullMessage, TRAILERS } from '../../model/trailers.ts'
import type { Commit, Hash, Row, Schema } from '../../types.ts'
import { copiedKey, signatureOf, type Copies } from './commit-copier.ts'

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
    else await checkInOrder(source, target, schema, at)
  }
}

/**
 * Compares what each commit of a copied history says with its original's: its message and trailers, author, date, and
 * parents.
 * @throws {RefusedError} COPY_DIFFERS
 */
export function checkHistory(
  originals: ReadonlyMap<Hash, Commit>,
  { of, cut }: Copies,
  copied: readonly Commit[],
): void {
  for (const { hash, ...commit } of copied) {
    const original = originals.get(commit.trailers[TRAILERS.copy] ?? '')
    if (!original) continue
    const at = { original: original.hash, copied: hash }
    const { message, author, date } = signatureOf(original)
    const parents = original.parents.map((parent) => of.get(parent)!)
    same('its message', message, fullMessage(commit.message, commit.trailers), at)
    same('its author', author, commit.author, at)
    same('its date', date?.slice(0, 19), commit.date.slice(0, 19), at)
    if (parents.length > 0)
      same('its parents', cut.has(original.hash) ? parents.slice(0, 1) : parents, commit.parents, at)
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
  for await (const { rows } of rowPages(source, at.original, { table: at.table })) {
    const keys = rows.map((row) =>
      copiedKey(
        schema,
        places.map((place) => row[place]!),
      ),
    )
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
}

async function checkInOrder(source: Session, target: Session, schema: Schema, at: At): Promise<void> {
  const [ours, theirs] = [
    await source.openRows(at.original, { table: at.table }),
    await target.openRows(at.copied, { table: at.table }),
  ]
  let [left, right]: Row[][] = [[], []]
  for (;;) {
    const [more, others] = [await source.nextRows(ours.id), await target.nextRows(theirs.id)]
    left = [...left!, ...(more ?? [])]
    right = [...right!, ...(others ?? [])]
    const count = Math.min(left.length, right.length)
    for (let row = 0; row < count; row++) same('its rows', texts(schema, left[row]!), texts(schema, right[row]!), at)
    left = left.slice(count)
    right = right.slice(count)
    if (!more && !others) break
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
