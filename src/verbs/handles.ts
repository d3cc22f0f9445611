import { at, withSession, withWritingSession, type Context } from '../context.ts'
import type { Engine, Session } from '../engines/engine.ts'
import { NotFoundError } from '../errors.ts'
import { holdForGood, releaseHold, renewHold } from '../history/holds.ts'
import { requireSchema } from '../history/schemas-at.ts'
import { withHandle, type Action } from '../model/action.ts'
import { isTableHandle, type TableHandle } from '../model/handle.ts'
import { checkTableName } from '../model/names.ts'
import type { Hash } from '../types.ts'

/** The handle of a table at a commit. @throws {NotFoundError} TABLE_NOT_FOUND */
async function handleAt(session: Session, context: Context, table: string, commit: Hash): Promise<TableHandle> {
  const hash = (await requireSchema(session, commit, table)) && (await session.tableHash(commit, table))
  return { db: context.name, table, commit, hash: hash!, rows: await session.rowCount(commit, table) }
}

/** An action with the handle of what it read or wrote; none if that is no table. */
export async function handled(session: Session, context: Context, action: Action, rows?: number): Promise<Action> {
  const { kind, table } = action
  const commit = kind === 'load' ? action.fromCommit : action.toCommit
  if (table === null || commit === null || kind === 'drop') return action
  const hash = await session.tableHash(commit, table)
  if (hash === undefined) return action
  const known = rows !== undefined && hash === action.tableHash ? rows : undefined
  const counted = known ?? (await session.rowCount(commit, table))
  return withHandle(action, { db: context.name, table, commit, hash, rows: counted })
}

/** The handle of what a recorded action read or wrote; null if that was no table. */
export function handleOf(context: Context, action: Action): Promise<TableHandle | null> {
  return withSession(context, async (session) => (await handled(session, context, action)).handle)
}

/** Which handles were renewed by this process, for each database. */
const renewed = new WeakMap<Engine, Set<string>>()

/**
 * The commit that a handle names, which this database has. A handle that is used is kept for 30 days more.
 * @throws {NotFoundError} HANDLE_NOT_FOUND
 */
export async function commitOfHandle(session: Session, context: Context, handle: TableHandle): Promise<Hash> {
  const { commit, table, hash } = handle
  const isHere = (await session.commit(commit)) !== undefined
  const found = isHere ? await session.tableHash(commit, table) : undefined
  if (found !== hash) throw handleNotFound(context, handle, isHere)
  if (context.engine.capabilities.readOnly === undefined) await renewOnce(session, context, commit)
  return commit
}

/** At most once a day. What can't be written now does not keep the handle from being read. */
async function renewOnce(session: Session, { engine }: Context, commit: Hash): Promise<void> {
  const done = renewed.get(engine) ?? new Set()
  renewed.set(engine, done)
  const key = `${commit} ${new Date().toISOString().slice(0, 10)}`
  if (done.has(key)) return
  done.add(key)
  await renewHold(session, commit).catch(() => {})
}

function handleNotFound(context: Context, { db, table, commit }: TableHandle, isHere: boolean): NotFoundError {
  const { location } = context.engine
  const why = isHere
    ? `has other data there`
    : `doesn't have that commit: it is another database, or the commit was collected (a handle is kept for 30 days after its last use, a pin for good)`
  return new NotFoundError(
    'HANDLE_NOT_FOUND',
    `The handle names table ${table} at commit ${commit} of ${db}, and ${location} ${why}. Open the database that it was made in, or pull the commit; databases: { ${JSON.stringify(db)}: URL } says where that is.`,
    { data: { db, table, commit, database: location } },
  )
}

/** Names a table at a commit for good. @throws {NotFoundError} TABLE_NOT_FOUND @throws {RefusedError} DATABASE_READ_ONLY */
export function pin(context: Context, what: string | TableHandle, ref?: string): Promise<TableHandle> {
  return withWritingSession(context, async (session) => {
    if (isTableHandle(what)) {
      const commit = await commitOfHandle(session, context, what)
      await holdForGood(session, what.table, commit)
      return { ...what, db: context.name }
    }
    checkTableName(what)
    const handle = await handleAt(session, context, what, await at(session, context, ref, { table: what }))
    await holdForGood(session, what, handle.commit)
    return handle
  })
}

/** Ends a pin. */
export function unpin(context: Context, { table, commit }: TableHandle): Promise<boolean> {
  return withWritingSession(context, (session) => releaseHold(session, table, commit))
}
