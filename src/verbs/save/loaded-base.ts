import type { Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { recallLoad, rememberLoad, type LoadedFile } from '../../files/loaded-files.ts'
import { pathsOf } from '../../files/source.ts'
import type { Action, Notice } from '../../model/action.ts'
import type { Hash } from '../../types.ts'
import type { SaveOptions } from './save-options.ts'
import type { TableSave } from './stage-table.ts'

/** What a save of loaded files builds on, and what is to be known of it. */
export interface LoadedBase {
  commit: Hash
  notices: ReadonlyMap<TableSave, Notice>
}

/**
 * The commit that the saved files were loaded from, if it is the same for all of them and the branch has moved on
 * since: what others did meanwhile is merged, and not removed. undefined if the save builds on the head.
 */
export async function loadedBase(
  session: Session,
  context: Context,
  saves: readonly TableSave[],
  options: SaveOptions,
): Promise<LoadedBase | undefined> {
  const plan = options.branch ?? context.branch
  if (typeof plan !== 'string' || options.onHead) return undefined
  const commits = new Set<Hash | undefined>()
  for (const save of saves) {
    const loaded = await loadedAs(context, save)
    commits.add(loaded?.branch === plan && (save.options.mode ?? 'replace') === 'replace' ? loaded.commit : undefined)
  }
  const [commit] = commits
  const head = await session.head(plan)
  if (commits.size !== 1 || commit === undefined || head === undefined || head === commit) return undefined
  if (!(await session.commit(commit)) || !(await session.isAncestor(commit, head))) return undefined
  const notices = new Map<TableSave, Notice>()
  for (const save of saves) {
    const message = await othersDid(session, commit, head, save.intent.table!)
    if (message !== undefined) notices.set(save, { code: 'BUILT_ON_LOADED', message })
  }
  return { commit, notices }
}

/** Says of loaded files that were saved which commit holds exactly them, so that the next edit builds on that. */
export async function moveLoaded(
  context: Context,
  saves: readonly TableSave[],
  actions: readonly Action[],
  options: SaveOptions,
): Promise<void> {
  const branch = options.branch ?? context.branch
  if (typeof branch !== 'string' || options.dryRun) return
  for (const [index, save] of saves.entries()) {
    const commit = actions[index]!.fileCommit
    const loaded = await loadedAs(context, save)
    if (loaded && commit !== null) await rememberLoad(pathOf(save)!, { ...loaded, branch, commit })
  }
}

/** What the file of a save was given, if it was this table of this database. */
async function loadedAs(context: Context, save: TableSave): Promise<LoadedFile | undefined> {
  const path = pathOf(save)
  const loaded = path === undefined ? undefined : await recallLoad(path)
  const isSame = loaded?.database === context.engine.location && loaded.table === save.intent.table
  return isSame ? loaded : undefined
}

/** A file that the caller names otherwise is a temporary one. */
function pathOf({ source, options }: TableSave): string | undefined {
  if (options.source !== undefined) return undefined
  const paths = pathsOf(source)
  return paths?.length === 1 ? paths[0] : undefined
}

/** What others did to a table since it was loaded, in words; undefined for nothing. */
async function othersDid(session: Session, from: Hash, to: Hash, table: string): Promise<string | undefined> {
  const isThere = (await session.schema(from, table)) && (await session.schema(to, table))
  if (!isThere) return undefined
  const { added, modified, removed } = await session.countDiff(from, to, table)
  const parts = [
    ...(added ? [`${rows(added)} that others added since ${added === 1 ? 'stays' : 'stay'}`] : []),
    ...(modified
      ? [`${rows(modified)} that others changed since ${modified === 1 ? 'keeps' : 'keep'} their changes`]
      : []),
    ...(removed ? [`${rows(removed)} that others removed since ${removed === 1 ? 'stays' : 'stay'} away`] : []),
  ]
  return parts.length === 0 ? undefined : `built on ${from.slice(0, 7)}, which you loaded; ${parts.join(', ')}`
}

function rows(count: number): string {
  return `${count} ${count === 1 ? 'row' : 'rows'}`
}
