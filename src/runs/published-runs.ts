import type { Session } from '../engines/engine.ts'
import { RUN_PREFIX } from '../model/names.ts'
import { readEvents } from './events.ts'
import { branchesSinceDrop, readRun, standing, type RunInfo } from './run-states.ts'
import type { StepRecord } from './step-records.ts'

/** Which executions of steps are published, as a run sees it, which sees itself and the runs that it is a part of. */
export class PublishedRuns {
  readonly #session: Session
  readonly #run: string | null
  readonly #known = new Map<string, Promise<KnownRun | undefined>>()
  #own: Promise<string[]> | undefined

  constructor(session: Session, run: string | null) {
    this.#session = session
    this.#run = run
  }

  /** A run that is only a name publishes each save by itself. */
  async has({ run, target }: Pick<StepRecord, 'run' | 'target'>): Promise<boolean> {
    if (run === null) return true
    const known = await this.#look(run)
    return !known || (known.holds(target) && (await this.#counts(known.info)))
  }

  /** A run in a run is published with that. */
  async #counts(info: RunInfo): Promise<boolean> {
    this.#own ??= outerRuns(this.#session, this.#run)
    if ((await this.#own).includes(info.id)) return true
    if (info.status !== 'published' && !(await isMerged(this.#session, info))) return false
    return info.parent === null || this.has({ run: info.parent, target: info.into })
  }

  #look(run: string): Promise<KnownRun | undefined> {
    const known = this.#known.get(run) ?? lookAtRun(this.#session, run)
    this.#known.set(run, known)
    return known
  }
}

/** A run, and whether it still holds what an execution saved to a branch of it: not if it was dropped since. */
export interface KnownRun {
  info: RunInfo
  holds(target: string | null | undefined): boolean
}

/** @returns undefined for a run that is only a name */
export async function lookAtRun(session: Session, run: string): Promise<KnownRun | undefined> {
  const events = await readEvents(session, run)
  const info = await standing(session, events)
  const branches = branchesSinceDrop(events)
  // Executions that were recorded before they told their branch have none.
  return info && { info, holds: (target) => target === null || target === undefined || branches.includes(target) }
}

/** Whether all that a run saved is on its target, though nobody has noted it: its process was killed right after the merge. */
async function isMerged(session: Session, { id, branch, into, fromCommit }: RunInfo): Promise<boolean> {
  const [work, head] = [await session.head(branch), await session.head(into)]
  // It may have been noted just now, whereupon the branch goes.
  if (work === undefined || head === undefined) return (await readRun(session, id))?.status === 'published'
  return work !== fromCommit && session.isAncestor(work, head)
}

/** A run and the runs that it is a part of, the outermost last. */
async function outerRuns(session: Session, run: string | null): Promise<string[]> {
  const found: string[] = []
  for (let id = run; id !== null && !found.includes(id); id = (await readRun(session, id))?.parent ?? null)
    found.push(id)
  return found
}

/** Where a run's work ends: of a run in a run, where the outermost is published to. */
export async function finalBranch(session: Session, run: string | null, into: string): Promise<string> {
  if (!into.startsWith(RUN_PREFIX)) return into
  const outermost = (await outerRuns(session, run)).at(-1)
  return (outermost === undefined ? undefined : await readRun(session, outermost))?.into ?? into
}
