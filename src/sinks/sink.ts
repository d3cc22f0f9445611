import type { Action } from '../model/action.ts'

/** Where actions go: a function, or an object of that shape. It may be asynchronous; if it throws, the action stands. */
export type Sink = SinkFunction | { name?: string; write: SinkFunction }
/** What a sink does with an action, which is finished then. */
export type SinkFunction = (action: Action) => unknown

/** Hands an action to sinks, one after the other; gives what failed. */
export async function emit(action: Action, sinks: readonly Sink[]): Promise<string[]> {
  const failures: string[] = []
  for (const sink of sinks) {
    try {
      await (typeof sink === 'function' ? sink(action) : sink.write(action))
    } catch (error) {
      const name = typeof sink === 'function' ? 'callback' : (sink.name ?? 'sink')
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return failures
}
