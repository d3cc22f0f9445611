import type { Context } from '../../context.ts'
import type { Engine, Session } from '../../engines/engine.ts'

/** The sessions by which this process shows others that it lives, of the runs that it has begun. */
const shown = new WeakMap<Engine, Map<string, Session>>()

/** Shows others, on whatever host, that the process of a run lives, until `disappear` or until the database is closed. */
export async function appear({ engine }: Context, run: string): Promise<void> {
  const session = await engine.session()
  const sessions = shown.get(engine) ?? new Map<string, Session>()
  shown.set(engine, sessions.set(run, session))
  await session.appear?.()
}

/** Never throws: a run has ended, whatever becomes of what showed it. */
export async function disappear({ engine }: Context, run: string): Promise<void> {
  const session = shown.get(engine)?.get(run)
  shown.get(engine)?.delete(run)
  await session?.release().catch(() => {})
}
