import type { Session } from '../../engines/engine.ts'
import { record } from '../../engines/values.ts'
import { rowDiffs } from '../../history/row-diffs.ts'
import { rowPages } from '../../history/row-pages.ts'
import { walk } from '../../history/walk.ts'
import { valueId } from '../../model/cells.ts'
import type { BlameRow, Commit, Hash, Value } from '../../types.ts'

/** Rows with the same cells that wait for the commit that made them. */
interface Waiting {
  /** Which rows of the table they are. */
  rows: number[]
  /** How many such rows the commit has. */
  count: number
}

/**
 * For each row of a table without a key, the commit that added it. Of equal rows the first ones are the oldest: a
 * commit that made two of one added the second.
 */
export async function blameKeyless(session: Session, at: Hash, table: string): Promise<BlameRow[]> {
  const all = await cellsOf(session, at, table)
  const here = new Map<string, Waiting>()
  all.forEach((cells, index) => {
    const same = entry(here, text(cells))
    same.rows.push(index)
    same.count++
  })
  const blamed = new Map<number, Commit>()
  const waiting = new Map([[at, here]])
  for await (const commit of walk(session, at)) {
    const rows = waiting.get(commit.hash)
    if (!rows) continue
    waiting.delete(commit.hash)
    for (const parent of commit.parents) await pass(session, table, commit.hash, parent, rows, waiting)
    for (const { rows: left } of rows.values()) for (const row of left) blamed.set(row, commit)
    if (waiting.size === 0) break
  }
  return all.map((key, index) => ({ key, commit: blamed.get(index)! }))
}

/** Hands to a parent as many rows as it has. */
async function pass(
  session: Session,
  table: string,
  commit: Hash,
  parent: Hash,
  rows: Map<string, Waiting>,
  waiting: Map<Hash, Map<string, Waiting>>,
): Promise<void> {
  if ((await session.tableHash(parent, table)) === undefined) return
  const more = await added(session, table, commit, parent)
  for (const [cells, own] of rows) {
    const count = own.count - (more.get(cells) ?? 0)
    if (count <= 0 || own.rows.length === 0) continue
    let there = waiting.get(parent)
    if (!there) waiting.set(parent, (there = new Map()))
    const same = entry(there, cells)
    for (const row of own.rows.splice(0, count)) same.rows.push(row)
    same.count = count
  }
}

/** How many rows of the same cells a commit has more than its parent. */
async function added(session: Session, table: string, commit: Hash, parent: Hash): Promise<Map<string, number>> {
  const more = new Map<string, number>()
  const count = (cells: Record<string, Value> | null, by: number): void => {
    if (cells) more.set(text(cells), (more.get(text(cells)) ?? 0) + by)
  }
  if ((await session.tableHash(commit, table)) === (await session.tableHash(parent, table))) return more
  for await (const { before, after } of rowDiffs(session, { from: parent, to: commit }, table)) {
    count(before, -1)
    count(after, 1)
  }
  return more
}

function entry(map: Map<string, Waiting>, cells: string): Waiting {
  let same = map.get(cells)
  if (!same) map.set(cells, (same = { rows: [], count: 0 }))
  return same
}

async function cellsOf(session: Session, at: Hash, table: string): Promise<Record<string, Value>[]> {
  const cells: Record<string, Value>[] = []
  for await (const { columns, rows } of rowPages(session, at, { table }))
    for (const row of rows) cells.push(record(columns, row))
  return cells
}

/** A column without a value is as one that is not there. */
function text(cells: Record<string, Value>): string {
  return Object.keys(cells)
    .filter((name) => cells[name] !== null)
    .toSorted()
    .map((name) => `${name}\0${valueId(cells[name])}`)
    .join('\0')
}
