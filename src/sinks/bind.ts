import { namedSink } from './named.ts'
import type { BoundSink, Sink, SinkAbout, SinkObject } from './sink.ts'

/** Whose sinks they are: the opened database, and more of one call. */
export interface Teller {
  engine: { readonly location: string }
  name: string
  sinks: readonly Sink[]
}

/** The sinks of a call, with what they may ask of its database. @throws {UsageError} URL_INVALID for a text that names no sink */
export function sinksOf({ engine, name, sinks }: Teller, more: Sink | readonly Sink[] = []): BoundSink[] {
  const about = { database: engine.location, name }
  return [...sinks, ...[more].flat()].map((sink) => bound(sink, about))
}

function bound(given: Sink, about: Pick<SinkAbout, 'database' | 'name'>): BoundSink {
  const sink: SinkObject =
    typeof given === 'string'
      ? namedSink(given)
      : typeof given === 'function'
        ? { name: 'callback', write: given }
        : given
  const { name = 'sink', deadlineMs } = sink
  return {
    name,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    write: (action, schema) => sink.write(action, { ...about, schema }),
    tell: (news) => sink.tell?.(news, { ...about, schema: async () => undefined }),
    flush: async () => sink.flush?.(),
  }
}
