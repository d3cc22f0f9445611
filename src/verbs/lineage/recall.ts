import { at, withSession, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { NotFoundError } from '../../errors.ts'
import { executionsOf, type Execution, type TableVersion } from './executions.ts'

/** What a run or a commit wrote, and who read it. */
export interface Recall {
  /** What was asked for: a run, or a commit. */
  what: string
  /** The tables that it wrote, at their commits. */
  wrote: TableVersion[]
  /** Every later execution that read this, directly or not, the oldest first. */
  reached: (Execution & {
    /** The tables through which it was reached. */
    through: string[]
  })[]
  /** The steps and runs that mend it if they run again, in this order. */
  plan: string[]
}

/**
 * Finds every later execution that read, directly or not, what a run or a commit wrote.
 * @throws {NotFoundError} RUN_NOT_FOUND, REF_NOT_FOUND
 */
export function recall(context: Context, what: string): Promise<Recall> {
  return withSession(context, async (session) => {
    const all = await executionsOf(session)
    const own = all.filter(({ run }) => run === what)
    const wrote = own.length > 0 ? own.flatMap(({ writes }) => writes) : await writtenBy(session, context, what)
    const tainted: TableVersion[] = [...wrote]
    const reached: Recall['reached'] = []
    for (const one of all) {
      if (own.includes(one)) continue
      const through: string[] = []
      for (const read of one.reads) if (await hasAny(session, tainted, read)) through.push(read.table)
      if (through.length === 0) continue
      reached.push({ ...one, through: [...new Set(through)] })
      tainted.push(...one.writes)
    }
    const names = reached.map(({ step, run, id }) => step ?? run ?? id)
    return { what, wrote, reached, plan: [...new Set(names)] }
  })
}

/** Whether a version that was read holds one of those that are looked for. */
async function hasAny(session: Session, versions: readonly TableVersion[], read: TableVersion): Promise<boolean> {
  for (const { table, commit } of versions)
    if (table === read.table && (commit === read.commit || (await isBefore(session, commit, read.commit)))) return true
  return false
}

async function isBefore(session: Session, commit: string, later: string): Promise<boolean> {
  const areThere = (await session.commit(commit)) && (await session.commit(later))
  return areThere ? session.isAncestor(commit, later) : false
}

async function writtenBy(session: Session, context: Context, what: string): Promise<TableVersion[]> {
  const commit = await at(session, context, what).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error
    throw new NotFoundError('RUN_NOT_FOUND', `${what} is no run that wrote or read a table here, and no commit.`, {
      data: { run: what },
      cause: error,
    })
  })
  const { parents } = (await session.commit(commit))!
  const changed = parents[0] === undefined ? [] : await session.changedTables(parents[0], commit)
  return changed.map(({ table }) => ({ table, commit }))
}
