import { checkMove } from '../../checks/check-move.ts'
import { readChecks, writeCheck } from '../../checks/definitions.ts'
import type { Session } from '../../engines/engine.ts'
import { readRecords, writeRecord } from '../../history/records.ts'
import { readRefNotes, writeRefNote } from '../../history/ref-notes.ts'
import { composeAction } from '../../model/action.ts'
import type { CheckFailure } from '../../model/check.ts'
import { stepKey, type ConsumedTable, type ProducedTable } from '../../model/step.ts'
import { readRules, writeRules } from '../../publishing/deciding/kept-rules.ts'
import { readEvents, writeEvent } from '../../runs/events.ts'
import { readSteps, writeStep, type StepRecord } from '../../runs/step-records.ts'
import type { Hash } from '../../types.ts'

/** A check that what a branch holds does not keep. */
export interface BranchFailure extends CheckFailure {
  /** The branch. */
  branch: string
}

/**
 * Copies what is recorded, with the hashes of the copies: actions, so that `run:<id>` leads to them, runs, steps, checks and rules.
 * @param of the copies, by their originals
 * @returns how many actions
 */
export async function copyRecords(source: Session, target: Session, of: ReadonlyMap<Hash, Hash>): Promise<number> {
  const actions = await readRecords(source, {})
  // What was not copied has none.
  const copied = (hash: Hash | null): Hash | null => (hash === null ? null : (of.get(hash) ?? null))
  for (const action of actions) {
    const at = copied(action.toCommit ?? action.fromCommit)
    const tableHash = at !== null && action.table !== null ? await target.tableHash(at, action.table) : undefined
    const found = {
      ...action,
      fromCommit: copied(action.fromCommit),
      fileCommit: copied(action.fileCommit),
      toCommit: copied(action.toCommit),
      tableHash: action.tableHash === null ? null : (tableHash ?? null),
    }
    await writeRecord(target, composeAction(action, found))
  }
  await copyRuns(source, target, copied)
  await copySteps(source, target, of)
  await copyRefNotes(source, target, of)
  for (const check of await readChecks(source)) await writeCheck(target, check, 'added')
  for (const rules of await readRules(source)) await writeRules(target, rules, 'set')
  return actions.length
}

/** Who made branches and tags, once. */
async function copyRefNotes(source: Session, target: Session, of: ReadonlyMap<Hash, Hash>): Promise<void> {
  if ((await readRefNotes(target)).length > 0) return
  for (const note of await readRefNotes(source))
    await writeRefNote(target, { ...note, hash: of.get(note.hash) ?? note.hash })
}

/** What became of runs, once: a copy may be begun again. */
async function copyRuns(source: Session, target: Session, copied: (hash: Hash | null) => Hash | null): Promise<void> {
  if ((await readEvents(target)).length > 0) return
  for (const event of await readEvents(source)) await writeEvent(target, { ...event, commit: copied(event.commit) })
}

/** What steps consumed and produced, once. Tables have other hashes in another engine, so steps have other keys there. */
async function copySteps(source: Session, target: Session, of: ReadonlyMap<Hash, Hash>): Promise<void> {
  if ((await readSteps(target, {}, 1)).length > 0) return
  const hashAt = async (commit: Hash, table: string): Promise<Hash | null> =>
    (await target.commit(commit)) ? ((await target.tableHash(commit, table)) ?? null) : null
  for (const record of (await readSteps(source, {})).toReversed()) {
    const tables: ConsumedTable[] = []
    for (const one of record.tables) {
      const commit = of.get(one.commit) ?? one.commit
      const hash = await hashAt(commit, one.table)
      const since = one.changes?.since
      const changes = one.changes && { ...one.changes, since: since ? (of.get(since) ?? since) : null }
      tables.push({
        ...one,
        commit,
        hash,
        content: one.columns === null ? (hash ?? one.content) : one.content,
        changes,
      })
    }
    const outputs: ProducedTable[] = []
    for (const one of record.outputs) {
      const commit = of.get(one.commit) ?? one.commit
      outputs.push({ ...one, commit, hash: one.hash === null ? null : await hashAt(commit, one.table) })
    }
    await writeStep(target, { ...record, tables, outputs, key: keyOf({ ...record, tables }) })
  }
}

function keyOf(record: StepRecord): string {
  const { outputs, outFiles } = record
  return stepKey({ ...record, outputs: outputs.map(({ table }) => table), outFiles: outFiles.map(({ name }) => name) })
}

/** The checks that the branches of a copy do not keep, as those of the original don't. */
export async function failedChecks(session: Session, branches: readonly string[]): Promise<BranchFailure[]> {
  const found: BranchFailure[] = []
  for (const branch of branches) {
    const { refused, told } = await checkMove(session, branch, { from: undefined, to: (await session.head(branch))! })
    found.push(...[...refused, ...told].map((failure) => ({ ...failure, branch })))
  }
  return found
}
