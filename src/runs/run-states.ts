import type { Session } from '../engines/engine.ts'
import { parseLease } from '../system/lease.ts'
import { isGone, ownerText, parseOwner } from '../system/owner.ts'
import type { Hash } from '../types.ts'
import { readEvents, type RunEvent } from './events.ts'
import { runBranch } from './run-branch.ts'

/** Where a run stands: `interrupted` if its process is gone without a word. */
export type RunStatus = 'running' | 'published' | 'failed' | 'interrupted' | 'dropped'

/** A run as it is recorded. */
export interface RunInfo {
  /** The workflow manager's name for it, or one that was made. */
  id: string
  /** Where it stands. */
  status: RunStatus
  /** The branch that it is published to. */
  into: string
  /** The branch that it works on; gone once it is published or dropped. */
  branch: string
  /** The head of `into` when it began. */
  fromCommit: Hash
  /** The head of `into` after it was published. */
  toCommit: Hash | null
  /** Whether publishing it changed `into`; null if it isn't published. */
  changed: boolean | null
  /** The run that it is a part of. */
  parent: string | null
  /** What was run, word by word; null if it was a function. */
  command: string[] | null
  /** What went wrong; null if nothing did. */
  error: string | null
  /** The command's exit status, if it ended. */
  exitStatus: number | null
  /** `Name <email>` */
  author: string
  /** ISO 8601, UTC. */
  startedAt: string
  /** ISO 8601, UTC; null while it runs. */
  endedAt: string | null
  /** Of the checkout that it was started in: its commit, whether it had changes, where it comes from; null if it was none. */
  git: { commit: string; dirty: boolean; repository: string | null } | null
  /** The machine that it ran on; null for a durable workflow, whose steps run anywhere. */
  host: string | null
  /** Of doltflow and of Node. */
  versions: Record<string, string>
  /** Its parameters, by name; null if none were given. */
  params: Record<string, unknown> | null
  /** The caller's own. */
  data: unknown
}

/** How long the lease of a process of another host may be silent while its run counts as running, in ms; hosts' clocks differ. */
const SILENT = 5 * 60_000

/** All runs, the newest first. */
export async function readRuns(session: Session): Promise<RunInfo[]> {
  const byRun = new Map<string, RunEvent[]>()
  for (const event of await readEvents(session)) {
    const known = byRun.get(event.run)
    if (known) known.push(event)
    else byRun.set(event.run, [event])
  }
  const runs = await Promise.all([...byRun.values()].map((events) => standing(session, events)))
  return runs.flatMap((info) => info ?? []).toReversed()
}

/** One run; undefined if nothing is known of it. */
export async function readRun(session: Session, id: string): Promise<RunInfo | undefined> {
  return standing(session, await readEvents(session, id))
}

/** A run whose last word is that it began runs, or is interrupted. */
export async function standing(session: Session, events: readonly RunEvent[]): Promise<RunInfo | undefined> {
  const info = foldRun(events)
  if (info?.status !== 'running') return info
  const begun = events.findLast(({ event }) => event === 'begun')!
  return (await isRunning(session, begun)) ? info : { ...info, status: 'interrupted' }
}

async function isRunning(session: Session, { at, data }: RunEvent): Promise<boolean> {
  // A workflow's, whose steps run in any processes.
  if (data['owner'] === null) return true
  const owner = parseOwner(String(data['owner'] ?? ''))
  if (!owner) return false
  const alive = await session.isAlive?.(owner)
  if (alive !== undefined) return alive
  const leases = (await session.branches()).map(({ name }) => parseLease(name))
  const renewed = leases.filter((lease) => lease && ownerText(lease.owner) === ownerText(owner))
  return !isGone(owner, Math.max(Date.parse(at), ...renewed.map((lease) => lease!.renewed)), SILENT)
}

/** The branches that a run has had since it was dropped last, or ever. */
export function branchesSinceDrop(events: readonly RunEvent[]): string[] {
  let attempt = 0
  let branches: string[] = []
  for (const { run, event } of events) {
    if (event === 'begun') branches.push(runBranch(run, ++attempt))
    if (event === 'dropped') branches = []
  }
  return branches
}

function foldRun(events: readonly RunEvent[]): RunInfo | undefined {
  const dropped = events.slice(0, -1).findLastIndex(({ event }) => event === 'dropped')
  // What was dropped is past once it begins again.
  const first =
    events.slice(dropped + 1).find(({ event }) => event === 'begun') ?? events.find(({ event }) => event === 'begun')
  const last = events.at(-1)
  if (!first || !last) return undefined
  const begun = events.findLast(({ event }) => event === 'begun')!
  const { data } = begun
  const ended = last.event === 'begun' ? undefined : last
  return {
    id: first.run,
    status: last.event === 'begun' ? 'running' : last.event,
    into: first.into,
    branch: runBranch(first.run, events.filter(({ event }) => event === 'begun').length),
    fromCommit: first.commit!,
    toCommit: ended?.event === 'published' ? ended.commit : null,
    changed: ended?.event === 'published' ? ended.data['changed'] === true : null,
    parent: (first.data['parent'] as string | null | undefined) ?? null,
    command: (data['command'] as string[] | null | undefined) ?? null,
    error: ended?.event === 'failed' ? ((ended.data['error'] as string | null | undefined) ?? null) : null,
    exitStatus: (ended?.data['exitStatus'] as number | null | undefined) ?? null,
    author: first.author,
    startedAt: first.at,
    endedAt: ended?.at ?? null,
    git: (data['git'] as RunInfo['git'] | undefined) ?? null,
    host: (data['host'] as string | null | undefined) ?? null,
    versions: (data['versions'] as Record<string, string> | undefined) ?? {},
    params: (data['params'] as Record<string, unknown> | null | undefined) ?? null,
    data: data['data'] ?? null,
  }
}
