import type { Session } from '../engines/engine.ts'
import { NotFoundError } from '../errors.ts'
import { appendOwn, readOwn, type OwnTable } from '../history/own-records.ts'
import type { Check } from '../model/check.ts'
import { CHECKS_TABLE, RECORDS_BRANCH } from '../model/names.ts'
import { newId } from '../system/id.ts'

/*
 * Checks are kept as events, which are only ever added: so they are versioned, travel with push, pull and clone, and two clones' checks
 * never conflict. The last event of a name counts.
 */

const CHECKS: OwnTable = { table: CHECKS_TABLE, columns: ['id', 'name', 'event', 'at', 'author', 'data'] }

/** Writes that a check holds from now on, or no longer does. */
export async function writeCheck(session: Session, check: Check, event: 'added' | 'removed'): Promise<void> {
  const { name, at, author, ...data } = check
  const row = [newId(), name, event, at, author, JSON.stringify(data)]
  await appendOwn(session, CHECKS, row, { message: `check ${name} ${event}`, author })
}

/** The checks that hold, by name. @param branch where the records are */
export async function readChecks(session: Session, branch: string = RECORDS_BRANCH): Promise<Check[]> {
  const rows = await readOwn(session, CHECKS, {}, branch)
  const checks = new Map<string, Check>()
  for (const { name, event, at, author, data } of rows) {
    if (event === 'removed') checks.delete(String(name))
    else checks.set(String(name), { name, at, author, ...(JSON.parse(String(data)) as object) } as Check)
  }
  return [...checks.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The check of a name. @throws {NotFoundError} CHECK_NOT_FOUND */
export function requireCheck(checks: readonly Check[], name: string): Check {
  const check = checks.find((one) => one.name === name)
  if (check) return check
  const known = checks.map((one) => one.name)
  throw new NotFoundError('CHECK_NOT_FOUND', `There is no check ${name}. There are: ${known.join(', ') || 'none'}.`, {
    data: { check: name, checks: known },
  })
}
