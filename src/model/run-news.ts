import type { Hash } from '../types.ts'

/** What became of a run, as sinks are told it. Its command is left out: it may hold secrets. */
export interface RunNews {
  /** The run's id. */
  run: string
  /** What became of it. */
  event: 'begun' | 'failed' | 'published' | 'dropped'
  /** When: ISO 8601, UTC. */
  at: string
  /** The branch that it is published to. */
  into: string
  /** `begun`: the head of `into`; `published`: its head after; else null. */
  commit: Hash | null
  /** The run that this one runs in; null if there is none. */
  parent: string | null
  /** What went wrong; null if nothing did. */
  error: string | null
}
