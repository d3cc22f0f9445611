import { existsSync } from 'node:fs'
import type { Session } from '../../engines/engine.ts'
import type { Cause } from '../../model/step.ts'
import type { PastSteps } from '../../runs/past-steps.ts'
import type { StepRecord } from '../../runs/step-records.ts'
import { cause } from './causes.ts'
import { fileFingerprint } from './fingerprint.ts'

/** A result that is there already; or, if it was there once, why it can't be had. */
export interface Found {
  record: StepRecord | undefined
  lost: Cause | undefined
}

/**
 * The newest execution of a key whose result can be had: its commits are there, and its files hold what it wrote.
 * @param pathOf where a file is, as it was named
 */
export async function findResult(
  session: Session,
  past: PastSteps,
  key: string,
  pathOf: (name: string) => string,
): Promise<Found> {
  let lost: Cause | undefined
  for await (const record of past.ofKey(key)) {
    const reason = await whyLost(session, record, pathOf)
    if (!reason) return { record, lost: undefined }
    lost ??= reason
  }
  return { record: undefined, lost }
}

/** Why the result of an execution can't be had any more; undefined if it can. */
export async function whyLost(
  session: Session,
  record: StepRecord,
  pathOf: (name: string) => string,
): Promise<Cause | undefined> {
  return (await lostTable(session, record)) ?? (await lostFile(record, pathOf))
}

async function lostTable(session: Session, { outputs }: StepRecord): Promise<Cause | undefined> {
  for (const { table, commit, hash } of outputs) {
    const found = (await session.commit(commit)) ? ((await session.tableHash(commit, table)) ?? null) : undefined
    if (found !== hash) return cause('result-lost', table, `its result ${table} was collected by gc`, { table, commit })
  }
  return undefined
}

async function lostFile({ outFiles }: StepRecord, pathOf: (name: string) => string): Promise<Cause | undefined> {
  for (const { name, hash } of outFiles) {
    const path = pathOf(name)
    if (!existsSync(path)) return cause('result-lost', name, `its file ${name} is gone`)
    if ((await fileFingerprint(name, path)).hash !== hash)
      return cause('result-lost', name, `its file ${name} was changed`)
  }
  return undefined
}
