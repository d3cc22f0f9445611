import type { Check, CheckRule } from '../../model/check.ts'
import type { CheckFilter, CheckOptions, CheckResult } from '../checks/checks.ts'

/** Checks: what tables must hold before a branch moves. */
export interface CheckVerbs {
  /**
   * Adds a check, which holds from now on for every branch of people: a save, merge, pull, restore, revert, drop or run that would break it
   * is refused with CHECK_FAILED, and its work is kept on a branch `rejected/…`. Checks travel with push, pull, clone and copy. What the
   * default branch holds now is looked at, and told.
   * @param name one for the whole database
   * @param options default: it refuses
   * @throws {UsageError} OPTION_INVALID, NAME_RESERVED, NAME_REFUSED, USAGE
   * @throws {RefusedError} CHECK_EXISTS: another check has that name; DATABASE_READ_ONLY
   * @example
   * const { failure } = await db.addCheck('orders', 'price-known', { kind: 'not-null', column: 'price' })
   */
  addCheck(table: string, name: string, rule: CheckRule, options?: CheckOptions): Promise<CheckResult>

  /**
   * Removes a check. What it refused stays where it is kept.
   * @throws {NotFoundError} CHECK_NOT_FOUND
   * @throws {UsageError} USAGE
   * @throws {RefusedError} DATABASE_READ_ONLY
   * @example
   * await db.removeCheck('price-known')
   */
  removeCheck(name: string): Promise<Check>

  /**
   * Lists the checks that hold, by name.
   * @throws {DoltflowError} CLOSED
   * @example
   * const names = (await db.checks()).map(({ name }) => name)
   */
  checks(): Promise<Check[]>

  /**
   * Looks at a commit with the checks, and tells what each finds; nothing is refused. Every row is looked at.
   * @param filter default: all checks, on the head of the default branch
   * @throws {NotFoundError} CHECK_NOT_FOUND, REF_NOT_FOUND, BRANCH_NOT_FOUND
   * @throws {UsageError} OPTION_INVALID
   * @example
   * const broken = (await db.runChecks({ at: 'rejected/1a2b3c4d' })).filter(({ failure }) => failure !== null)
   */
  runChecks(filter?: CheckFilter): Promise<CheckResult[]>
}
