import { at, withSession, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { NotFoundError } from '../../errors.ts'
import { Contained } from './contained.ts'
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
    const tainted = await Contained.before(
      session,
      all.flatMap(({ reads }) => reads.map(({ commit }) => commit)),
    )
    for (const version of wrote) tainted.add(version)
    const reached: Recall['reached'] = []
    for (const one of all) {
      if (own.includes(one)) continue
      const through = one.reads.filter((read) => tainted.has(read)).map(({ table }) => table)
      if (through.length === 0) continue
      reached.push({ ...one, through: [...new Set(through)] })
      for (const version of one.writes) tainted.add(version)
    }
    const names = reached.map(({ step, run, id }) => step ?? run ?? id)
    return { what, wrote, reached, plan: [...new Set(names)] }
  })
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
