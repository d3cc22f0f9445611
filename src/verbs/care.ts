import { withWritingSession, type Context } from '../context.ts'
import { holdNamedCommits } from '../history/holds.ts'
import { headOf } from '../history/ref.ts'
import { shortenRecords } from '../publishing/shorten-records.ts'
import { sinksOf } from '../sinks/bind.ts'
import { flushAll } from '../sinks/sink.ts'

/** Makes the database, if it is not there yet. */
export function init(context: Context): Promise<void> {
  return withWritingSession(context, async (session) => {
    const head = await headOf(session, 'main')
    await session.acknowledge?.('main', head)
  })
}

/** Ends the engine, and sends what waits in sinks, as far as they take it. */
export async function close(context: Context): Promise<void> {
  await context.engine.close()
  await flushAll(sinksOf(context))
}

/** Drops what no branch or tag leads to, and no handle or pin names, and the history of the records. @returns bytes on disk; null if a server doesn't tell */
export function gc(context: Context): Promise<{ before: number | null; after: number | null }> {
  return withWritingSession(context, async (session) => {
    const before = (await session.size?.()) ?? null
    await holdNamedCommits(session)
    await shortenRecords(session)
    await session.gc()
    return { before, after: (await session.size?.()) ?? null }
  })
}
