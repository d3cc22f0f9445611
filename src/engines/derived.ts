import { cellText } from '../model/cells.ts'
import type { Commit, DiffCounts, Hash, Row, Schema, TableDiff, Value } from '../types.ts'
import type { EngineSession, Following, Session } from './engine.ts'
import { record } from './values.ts'

/** A session with all that follows from its calls; what the engine does in a faster way of its own stays. */
export function withFollowing(own: EngineSession): Session {
  const session: Session = Object.assign(
    following(() => session),
    own,
  )
  return session
}

/** @param whole the session with all its calls: what follows may follow from what an engine wrote itself */
function following(whole: () => Session): Following {
  return {
    ancestor: (commit, generations) => ancestor(whole(), commit, generations),
    findCommits: (prefix) => findCommits(whole(), prefix),
    commitBefore: (from, date) => commitBefore(whole(), from, date),
    nearCommits: (from, limit) => whole().log(from, limit),
    isAncestor: async (commit, descendant) =>
      commit === descendant || (await whole().mergeBase(commit, descendant)) === commit,
    mergeBase: (a, b) => mergeBase(whole(), a, b),
    dirtyTables: async () => [],
    rowCount: (commit, table) => rowCount(whole(), commit, table),
    rowsByKey: (commit, table, keys) => rowsByKey(whole(), commit, table, keys),
    changedTables: (from, to) => changedTables(whole(), from, to),
    countDiff: (from, to, table) => countDiff(whole(), from, to, table),
    changedKeys: (from, to, table, most) => changedKeys(whole(), from, to, table, most),
    stageTable: (stage, commit, table, columns) => stageTable(whole(), stage, commit, table, columns),
  }
}

async function ancestor(session: Session, commit: Hash, generations: number): Promise<Hash | undefined> {
  let at = await session.commit(commit)
  for (let back = 0; back < generations && at; back++)
    at = at.parents[0] === undefined ? undefined : await session.commit(at.parents[0])
  return at?.hash
}

async function findCommits(session: Session, prefix: string): Promise<Hash[]> {
  if (await session.commit(prefix)) return [prefix]
  const found = new Set<Hash>()
  for (const { hash } of [...(await session.branches()), ...(await session.tags())])
    for (const commit of await session.log(hash, -1)) if (commit.hash.startsWith(prefix)) found.add(commit.hash)
  return [...found].slice(0, 2)
}

async function commitBefore(session: Session, from: Hash, date: string): Promise<Hash | undefined> {
  const until = Date.parse(date)
  let newest: Commit | undefined
  for (const commit of await session.log(from, -1))
    if (Date.parse(commit.date) <= until && (!newest || commit.date > newest.date)) newest = commit
  return newest?.hash
}

/** The first commit that both have: a history gives each commit after all its children. */
async function mergeBase(session: Session, a: Hash, b: Hash): Promise<Hash | undefined> {
  const theirs = new Set((await session.log(b, -1)).map(({ hash }) => hash))
  return (await session.log(a, -1)).find(({ hash }) => theirs.has(hash))?.hash
}

async function rowCount(session: Session, commit: Hash, table: string): Promise<number> {
  let count = 0
  for await (const rows of pagesOf(session, commit, table)) count += rows.length
  return count
}

async function rowsByKey(
  session: Session,
  commit: Hash,
  table: string,
  keys: Row[],
): Promise<(Record<string, Value> | undefined)[]> {
  const schema = await session.schema(commit, table)
  if (!schema) return keys.map(() => undefined)
  const names = schema.columns.map(({ name }) => name)
  const places = schema.key.map((name) => names.indexOf(name))
  const wanted = new Map<string, Record<string, Value> | undefined>(keys.map((key) => [cellsText(key), undefined]))
  for await (const rows of pagesOf(session, commit, table))
    for (const row of rows) {
      const text = cellsText(places.map((place) => row[place]!))
      if (wanted.has(text)) wanted.set(text, record(names, row))
    }
  return keys.map((key) => wanted.get(cellsText(key)))
}

/** Tells keys apart: an integer is the same whether a number or a bigint holds it, a text is not the number. */
function cellsText(key: Row): string {
  return key.map((cell) => (typeof cell === 'string' ? JSON.stringify(cell) : String(cell))).join('\0')
}

async function changedTables(session: Session, from: Hash, to: Hash): Promise<TableDiff[]> {
  const diffs: TableDiff[] = []
  for (const table of [...new Set([...(await session.tables(from)), ...(await session.tables(to))])].toSorted()) {
    const [before, after] = [await session.tableHash(from, table), await session.tableHash(to, table)]
    if (before === after) continue
    const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'modified'
    const schemas = [await session.schema(from, table), await session.schema(to, table)]
    const schemaChanged = !isSameSchema(schemas[0], schemas[1])
    diffs.push({ table, change, schemaChanged, ...(await session.countDiff(from, to, table)) })
  }
  return diffs
}

function isSameSchema(a: Schema | undefined, b: Schema | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

async function countDiff(session: Session, from: Hash, to: Hash, table: string): Promise<DiffCounts> {
  const counts: DiffCounts = { added: 0, modified: 0, removed: 0 }
  const { id } = await session.openDiff(from, to, table)
  try {
    for (let page = await session.nextDiff(id); page; page = await session.nextDiff(id))
      for (const { kind } of page) counts[kind]++
  } finally {
    await session.close(id)
  }
  return counts
}

async function changedKeys(
  session: Session,
  from: Hash,
  to: Hash,
  table: string,
  most: number,
): Promise<Row[] | undefined> {
  const keys: Row[] = []
  const { id } = await session.openDiff(from, to, table)
  try {
    for (let page = await session.nextDiff(id); page; page = await session.nextDiff(id)) {
      keys.push(...page.map(({ key }) => Object.values(key)))
      if (keys.length > most) return undefined
    }
    return keys
  } finally {
    await session.close(id)
  }
}

async function stageTable(
  session: Session,
  stage: number,
  commit: Hash,
  table: string,
  columns: string[],
): Promise<void> {
  const schema = (await session.schema(commit, table))!
  const places = columns.map((name) => schema.columns.findIndex((column) => column.name === name))
  // A table without rows has columns, too.
  await session.stageRows(stage, columns, [])
  for await (const rows of pagesOf(session, commit, table)) {
    const cells = rows.map((row) => places.map((at) => cellText(row[at] ?? null, schema.columns[at]?.type ?? 'any')))
    await session.stageRows(stage, columns, cells)
  }
}

async function* pagesOf(session: Session, commit: Hash, table: string): AsyncGenerator<Row[]> {
  const { id } = await session.openRows(commit, { table })
  try {
    for (let rows = await session.nextRows(id); rows; rows = await session.nextRows(id)) yield rows
  } finally {
    await session.close(id)
  }
}
