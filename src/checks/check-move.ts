import type { Session } from '../engines/engine.ts'
import type { Check, CheckFailure } from '../model/check.ts'
import { isOfPeople } from '../model/names.ts'
import { readChecks } from './definitions.ts'
import { evaluate, tablesOf, type BranchMove } from './evaluate.ts'

/** What one call adds to a database's checks, and takes from them. */
export interface CheckPlan {
  /** Checks of this call alone. */
  own?: readonly OwnCheck[]
  /** The names of checks that a person overrides. */
  override?: readonly string[]
  /** Kinds of rules that don't count: what others did is not measured as one change. */
  except?: readonly Check['rule']['kind'][]
  /** The checks that hold. Default: those of the database */
  checks?: readonly Check[]
}

/** A check that a caller brings. @returns what is wrong; undefined if nothing is */
export type OwnCheck = (session: Session, move: BranchMove) => Promise<CheckFailure | undefined>

/**
 * Looks at what a branch of people is about to hold. Only tables that changed are looked at.
 * @returns what refuses it, and what is only to be told
 */
export async function checkMove(
  session: Session,
  branch: string,
  move: BranchMove,
  { own = [], override = [], except = [], checks }: CheckPlan = {},
): Promise<{ refused: CheckFailure[]; told: CheckFailure[] }> {
  const failures: CheckFailure[] = []
  if (!isOfPeople(branch)) return { refused: [], told: [] }
  const all = (checks ?? (await readChecks(session))).filter(({ rule }) => !except.includes(rule.kind))
  const hasChanged = changeFinder(session, move)
  for (const check of all) {
    if (check.rule.kind !== 'sql' && !(await hasChanged(tablesOf(check)))) continue
    const failure = await evaluate(session, check, move)
    if (failure) failures.push(failure)
  }
  for (const one of own) {
    const failure = await one(session, move)
    if (failure) failures.push(failure)
  }
  const refuses = ({ level, check }: CheckFailure): boolean => level === 'error' && !override.includes(check)
  return { refused: failures.filter(refuses), told: failures.filter((failure) => !refuses(failure)) }
}

/** Whether any check looks at a branch: then what is published must be made before it is. */
export async function isChecked(
  session: Session,
  branch: string,
  { own = [], checks }: CheckPlan = {},
): Promise<boolean> {
  return isOfPeople(branch) && (own.length > 0 || (checks ?? (await readChecks(session))).length > 0)
}

/** Whether any of some tables differs; all do if nothing is known of what was there. */
function changeFinder(session: Session, { from, to }: BranchMove): (tables: readonly string[]) => Promise<boolean> {
  const known = new Map<string, boolean>()
  return async (tables) => {
    if (from === undefined) return true
    for (const table of tables) {
      const differs =
        known.get(table) ?? (await session.tableHash(from, table)) !== (await session.tableHash(to, table))
      known.set(table, differs)
      if (differs) return true
    }
    return false
  }
}
