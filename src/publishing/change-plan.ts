import type { CheckPlan } from '../checks/check-move.ts'
import type { Change, Signature, Session } from '../engines/engine.ts'
import type { Finding, Intent } from '../model/action.ts'
import type { BoundSink } from '../sinks/sink.ts'
import { failpoint } from '../system/failpoint.ts'
import type { Hash, ConflictPolicy } from '../types.ts'
import type { Waiting } from './wait-for-id.ts'

/** A change of one table, or a revert, and the action that it is of. */
export interface TableChange extends Finding {
  change: Change
  /** Whether the table gets another schema, or is new. */
  reshapes?: boolean
  /** Columns whose types the caller pinned. Default: none */
  pinned?: readonly string[]
}

/** Changes on their way from a scratch branch to their target, as one commit. */
export interface ChangePlan {
  changes: readonly TableChange[]
  /** Of the same save, but known to change nothing. */
  unchanged?: readonly Finding[]
  /** The action, one of these, whose id the commit has; it is recorded last, so that its record tells that all are there. */
  main: Intent
  message: string
  base: Hash
  target: string
  create: boolean
  policy: ConflictPolicy | undefined
  noMerge: boolean
  sinks: readonly BoundSink[]
  /** Whether the main action's id is the caller's own, so that others may have begun it, too. */
  claim?: boolean
  /** Whether the caller named no commit to build on: if others move the branch, the head does as well. */
  floats?: boolean
  /** Checks of this call alone. */
  checks?: CheckPlan | undefined
  /** What a wait for others of that id tells, and what stops it. */
  waiting?: Waiting
}

/** The actions of a plan, the main one first. */
export function findingsOf({ main, changes, unchanged = [] }: ChangePlan): [Finding, ...Finding[]] {
  const all: Finding[] = [...changes, ...unchanged]
  const others = all.filter(({ intent }) => intent !== main)
  return [all.find(({ intent }) => intent === main)!, ...others]
}

/** Builds changes one after the other on a branch of our own, and makes one commit of them; undefined if nothing changed. */
export async function buildAll(
  session: Session,
  branch: string,
  base: Hash,
  changes: readonly TableChange[],
  signature: Signature,
): Promise<Hash | undefined> {
  if (changes.length === 1) return (await session.build(branch, changes[0]!.change, signature)).commit
  let built = false
  for (const [index, { change }] of changes.entries()) {
    // Each has a message of its own: an engine may know by it what it did, when it is asked again.
    const message = `part ${index + 1} of a save`
    const { commit } = await session.build(branch, change, { ...signature, message })
    built ||= commit !== undefined
    failpoint('part-built')
  }
  return built ? (await session.squash(branch, base, signature)).commit : undefined
}
