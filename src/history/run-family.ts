import type { Session } from '../engines/engine.ts'
import { RECORDS_BRANCH, RUNS_TABLE } from '../model/names.ts'

/** A run, and the runs that were a part of it, at any depth. */
export async function runFamily(session: Session, run: string): Promise<string[]> {
  const family = new Set([run])
  if ((await session.head(RECORDS_BRANCH)) === undefined) return [run]
  for (const parent of family) {
    const inner = await session.records(RECORDS_BRANCH, RUNS_TABLE, { where: { parent }, order: ['id'] })
    for (const { run: name } of inner) family.add(String(name))
  }
  return [...family]
}
