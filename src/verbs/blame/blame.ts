import { at, withSession, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { NotFoundError, RefusedError } from '../../errors.ts'
import { rowDiffs } from '../../history/row-diffs.ts'
import { rowPages } from '../../history/row-pages.ts'
import { walk } from '../../history/walk.ts'
import { call } from '../../model/advice.ts'
import { sameRow, valueId } from '../../model/cells.ts'
import { sameKey } from '../../model/schema-diff.ts'
import type { BlameRow, Commit, Hash, Row } from '../../types.ts'
import { blameKeyless } from './keyless.ts'

/** Which commit last changed each row of a table, or the row of one key. */
export function blame(
  context: Context,
  table: string,
  { key, at: ref }: { key?: Row; at?: string } = {},
): Promise<BlameRow[]> {
  return withSession(context, async (session) =>
    blameRows(session, await at(session, context, ref, { table }), table, key),
  )
}

/**
 * For each row of a table at a commit (or for one key), the commit that really changed it: a merge is followed
 * to the parent whose row it has; it is blamed only for rows that it made out of both.
 * @throws {NotFoundError} TABLE_NOT_FOUND, ROW_NOT_FOUND
 * @throws {RefusedError} KEY_REQUIRED if a table without a key is asked for one row
 */
async function blameRows(session: Session, head: Hash, table: string, key?: Row): Promise<BlameRow[]> {
  const schema = await session.schema(head, table)
  if (!schema)
    throw new NotFoundError(
      'TABLE_NOT_FOUND',
      `There is no table ${table} at ${head}. See: ${call('tables', [], { at: head })}`,
      { data: { table, at: head } },
    )
  if (schema.key.length === 0 && key)
    throw new RefusedError(
      'KEY_REQUIRED',
      `Table ${table} has no key that could name one row. Blame the whole table: ${call('blame', [table])}`,
      { data: { table } },
    )
  if (schema.key.length === 0) return blameKeyless(session, head, table)
  const keys = key ? [key] : await allKeys(session, head, table, schema.key)
  if (key && !(await session.rowsByKey(head, table, keys))[0])
    throw new NotFoundError(
      'ROW_NOT_FOUND',
      `Table ${table} has no row with the key ${schema.key.map((name, index) => `${name} = ${String(key[index])}`).join(', ')}.`,
      { data: { table, key: key.map(String) } },
    )
  const blamed = new Map<string, Commit>()
  const waiting = new Map<Hash, Map<string, Row>>([[head, new Map(keys.map((row) => [text(row), row]))]])
  for await (const commit of walk(session, head)) {
    const rows = waiting.get(commit.hash)
    if (!rows) continue
    waiting.delete(commit.hash)
    for (const parent of commit.parents)
      await pass({ session, table, key: schema.key, commit: commit.hash, parent, rows }, waiting)
    for (const row of rows.keys()) blamed.set(row, commit)
    if (waiting.size === 0) break
  }
  return keys.map((row) => ({
    key: Object.fromEntries(schema.key.map((name, index) => [name, row[index]!])),
    commit: blamed.get(text(row))!,
  }))
}

/** A commit beside one of its parents, and the rows in question, by the text of their keys. */
interface Step {
  session: Session
  table: string
  key: string[]
  commit: Hash
  parent: Hash
  rows: Map<string, Row>
}

/** Hands to a parent those rows that it has just so. */
async function pass(step: Step, waiting: Map<Hash, Map<string, Row>>): Promise<void> {
  const { session, table, commit, parent, rows } = step
  if (rows.size === 0) return
  const [own, theirs] = [await session.tableHash(commit, table), await session.tableHash(parent, table)]
  if (theirs === undefined) return
  const changed = own === theirs ? new Set<string>() : await changedKeys(step)
  for (const [id, row] of rows) {
    if (changed.has(id)) continue
    rows.delete(id)
    let there = waiting.get(parent)
    if (!there) waiting.set(parent, (there = new Map()))
    there.set(id, row)
  }
}

/** Up to this many rows are looked up one by one; for more, the whole difference is read. */
const FEW = 50

async function changedKeys({ session, table, key, commit, parent, rows }: Step): Promise<Set<string>> {
  const changed = new Set<string>()
  const [here, there] = [await session.schema(commit, table), await session.schema(parent, table)]
  // Under another key no row is one of these.
  if (!sameKey(here!, there!)) return new Set(rows.keys())
  if (rows.size <= FEW) {
    const list = [...rows.values()]
    const [ours, theirs] = [await session.rowsByKey(commit, table, list), await session.rowsByKey(parent, table, list)]
    list.forEach((row, index) => {
      if (!sameRow(ours[index], theirs[index])) changed.add(text(row))
    })
    return changed
  }
  for await (const diff of rowDiffs(session, { from: parent, to: commit }, table))
    if (!sameRow(diff.before, diff.after)) changed.add(text(key.map((name) => diff.key[name]!)))
  return changed
}

async function allKeys(session: Session, commit: Hash, table: string, key: string[]): Promise<Row[]> {
  const keys: Row[] = []
  for await (const { columns, rows } of rowPages(session, commit, { table })) {
    const places = key.map((name) => columns.indexOf(name))
    for (const row of rows) keys.push(places.map((place) => row[place]!))
  }
  return keys
}

function text(row: Row): string {
  return row.map(valueId).join('\0')
}
