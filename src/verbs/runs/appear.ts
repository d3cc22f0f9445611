import type { Context } from '../../context.ts'
import type { Engine, Session } from '../../engines/engine.ts'

/** The sessions by which this process shows others that it lives, of the runs that it has begun. */
const shown = new WeakMap<Engine, Map<string, Session>>()

/** Shows others, on whatever host, that this process lives. @returns what notes, in time, that it does so for a run, until `disappear` */
export function appear({ engine }: Context): { asRun(run: string): Promise<void>; end(): Promise<void> } {
  const showing = engine.session().then(async (session) => {
    await session.appear?.()
    return session
  })
  showing.catch(() => {})
  return {
    async asRun(run) {
      const sessions = shown.get(engine) ?? new Map<string, Session>()
      shown.set(engine, sessions.set(run, await showing))
    },
    end: () => showing.then((session) => session.release()).catch(() => {}),
  }
}

/** Never throws: a run has ended, whatever becomes of what showed it. */
export async function disappear({ engine }: Context, run: string): Promise<void> {
  const session = shown.get(engine)?.get(run)
  shown.get(engine)?.delete(run)
  await session?.release().catch(() => {})
}
