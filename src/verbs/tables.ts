import type { Session } from '../engines/engine.ts'
import { walk } from '../history/walk.ts'
import { RECORDS_TABLE } from '../model/names.ts'
import type { Commit, Hash } from '../types.ts'

/** One table at a commit. */
export interface TableInfo {
  name: string
  rows: number
  hash: Hash
  key: string[]
  /** The commit that last changed it. */
  lastCommit: Commit
}

export async function tableInfos(session: Session, at: Hash): Promise<TableInfo[]> {
  const names = (await session.tables(at)).filter((name) => name !== RECORDS_TABLE)
  const last = await lastCommits(session, at, names)
  const infos: TableInfo[] = []
  for (const name of names)
    infos.push({
      name,
      rows: await session.rowCount(at, name),
      hash: (await session.tableHash(at, name))!,
      key: (await session.schema(at, name))!.key,
      lastCommit: last.get(name)!,
    })
  return infos
}

/** The commit that last changed each table, by first parents: where a merge brought the change, the merge. */
async function lastCommits(session: Session, at: Hash, names: string[]): Promise<Map<string, Commit>> {
  const found = new Map<string, Commit>()
  const waiting = new Map<string, Hash | undefined>()
  for (const name of names) waiting.set(name, await session.tableHash(at, name))
  let next: Hash | undefined = at
  for await (const commit of walk(session, at)) {
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
