import { at, withSession, type Context } from '../context.ts'
import type { Session } from '../engines/engine.ts'
import { requireSchema } from '../history/schemas-at.ts'
import { walk } from '../history/walk.ts'
import { RECORDS_TABLE } from '../model/names.ts'
import type { Commit, Hash, Schema } from '../types.ts'

/** One table at a commit. */
export interface TableInfo {
  /** The table's. */
  name: string
  /** How many rows it has. */
  rows: number
  /** Equal hashes mean equal data. */
  hash: Hash
  /** Its key's columns; empty for a multiset of rows. */
  key: string[]
  /** The commit that last changed it. */
  lastCommit: Commit
}

/** The tables of a commit. */
export function tables(context: Context, options: { at?: string } = {}): Promise<TableInfo[]> {
  return withSession(context, async (session) => tableInfos(session, await at(session, context, options.at)))
}

/** A table's columns and key at a ref; undefined if there is no such table. */
export function schema(context: Context, table: string, options: { at?: string } = {}): Promise<Schema | undefined> {
  return withSession(context, async (session) =>
    session.schema(await at(session, context, options.at, { table }), table),
  )
}

/** How many rows a table has at a ref. @throws {NotFoundError} TABLE_NOT_FOUND */
export function rowCount(
  context: Context,
  table: string,
  options: { at?: string; branch?: string } = {},
): Promise<number> {
  return withSession(context, async (session) => {
    const commit = await at(session, context, options.at, { branch: options.branch, table })
    await requireSchema(session, commit, table)
    return session.rowCount(commit, table)
  })
}

async function tableInfos(session: Session, commit: Hash): Promise<TableInfo[]> {
  const names = (await session.tables(commit)).filter((name) => name !== RECORDS_TABLE)
  const last = await lastCommits(session, commit, names)
  const infos: TableInfo[] = []
  for (const name of names)
    infos.push({
      name,
      rows: await session.rowCount(commit, name),
      hash: (await session.tableHash(commit, name))!,
      key: (await session.schema(commit, name))!.key,
      lastCommit: last.get(name)!,
    })
  return infos
}

/** The commit that last changed each table, by first parents: where a merge brought the change, the merge. */
async function lastCommits(session: Session, from: Hash, names: string[]): Promise<Map<string, Commit>> {
  const found = new Map<string, Commit>()
  const waiting = new Map<string, Hash | undefined>()
  for (const name of names) waiting.set(name, await session.tableHash(from, name))
  let next: Hash | undefined = from
  for await (const commit of walk(session, from)) {
    if (commit.hash !== next) continue
    next = commit.parents[0]
    for (const [name, hash] of waiting) {
      if (next !== undefined && (await session.tableHash(next, name)) === hash) continue
      found.set(name, commit)
      waiting.delete(name)
    }
    if (waiting.size === 0) break
  }
  return found
}
