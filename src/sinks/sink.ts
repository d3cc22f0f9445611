import type { Session } from '../engines/engine.ts'
import type { Action } from '../model/action.ts'
import type { RunNews } from '../model/run-news.ts'
import { waitUnheld } from '../system/wait.ts'
import type { Schema } from '../types.ts'

/**
 * Where actions go: a function; an object with one; or a text that names a sink of doltflow's own, such as
 * `openlineage:http://localhost:5000`. It may be asynchronous; if it throws, the action stands.
 */
export type Sink = SinkFunction | SinkObject | string
/** What a sink does with an action, which is finished then. */
export type SinkFunction = (action: Action, about: SinkAbout) => unknown

/** A sink that has a name, or wants to know of runs. */
export interface SinkObject {
  /** What notices call it. Default: `sink` */
  name?: string
  /** Is given each action. */
  write: SinkFunction
  /** Is told what becomes of runs. Default: nothing is done */
  tell?: (news: RunNews, about: SinkAbout) => unknown
  /** How long, in ms, an action waits for it. Default: until it is done */
  deadlineMs?: number
  /** Sends what waits to be sent; the database's close waits for it, at most `deadlineMs`. Default: nothing waits */
  flush?: () => Promise<void>
}

/** What a sink may ask of the database that an action is of. */
export interface SinkAbout {
  /** Where it is, without a password. */
  database: string
  /** What handles call it. */
  name: string
  /** The schema of the action's table, as it was read or saved; undefined if there is none. */
  schema: () => Promise<Schema | undefined>
}

/** A sink of one database, as it is called. */
export interface BoundSink extends Pick<SinkObject, 'deadlineMs' | 'flush'> {
  name: string
  write: (action: Action, schema: SinkAbout['schema']) => unknown
  tell?: (news: RunNews) => unknown
}

/** Hands an action to sinks, one after the other; gives what failed. */
export function emit(session: Session, action: Action, sinks: readonly BoundSink[]): Promise<string[]> {
  const { table, toCommit, fromCommit } = action
  const commit = toCommit ?? fromCommit
  const schema = async (): Promise<Schema | undefined> =>
    table === null || commit === null ? undefined : session.schema(commit, table)
  return each(sinks, (sink) => sink.write(action, schema))
}

/** Tells sinks what became of a run; gives what failed. */
export function emitNews(news: RunNews, sinks: readonly BoundSink[]): Promise<string[]> {
  return each(sinks, (sink) => sink.tell?.(news))
}

/** Sends what waits in sinks; what can't be sent goes on waiting. */
export async function flushAll(sinks: readonly BoundSink[]): Promise<void> {
  await each(sinks, (sink) => sink.flush?.())
}

async function each(sinks: readonly BoundSink[], work: (sink: BoundSink) => unknown): Promise<string[]> {
  const failures: string[] = []
  for (const sink of sinks) {
    try {
      await inTime(sink, work(sink))
    } catch (error) {
      failures.push(`${sink.name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return failures
}

/** Waits for a sink, as long as it may take. What it does goes on. */
async function inTime({ deadlineMs }: BoundSink, work: unknown): Promise<void> {
  if (deadlineMs === undefined || !(work instanceof Promise)) return void (await work)
  const late = waitUnheld(deadlineMs).then(() => {
    throw new Error(`it was not done after ${deadlineMs} ms`)
  })
  await Promise.race([work, late])
}
