import { withFollowing } from './derived.ts'
import type { EngineSession, Session } from './engine.ts'

/** A call of a session, by its name. */
export type CallName = Exclude<keyof EngineSession, 'release' | 'shield' | 'makeRoom'>

/**
 * A session whose calls are made in one way: sent to a worker, or done one after the other.
 * @param names the calls that the engine has
 */
export function sessionOver(
  names: Iterable<string>,
  call: (name: CallName, args: unknown[]) => Promise<unknown>,
  own: Pick<Session, 'release' | 'shield' | 'makeRoom'>,
): Session {
  const calls = Object.fromEntries(
    [...names].map((name) => [name, (...args: unknown[]) => call(name as CallName, args)]),
  )
  return withFollowing({ ...calls, ...own } as unknown as EngineSession)
}
