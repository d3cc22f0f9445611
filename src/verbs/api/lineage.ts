import type { Row } from '../../types.ts'
import type { Lineage, LineageOptions } from '../lineage/lineage.ts'
import type { Recall } from '../lineage/recall.ts'
import type { Trace, TraceOptions } from '../lineage/trace.ts'
import type { PlannedStep, PlanOptions } from '../steps/plan.ts'

/** From a row to everything that made it, and back. */
export interface LineageVerbs {
  /**
   * Follows a row back: to the commit that really changed it, the step that made that, the versions that this had read, and so on to the
   * sources.
   * @param key the values of the key's columns, in their order
   * @param options default: the whole row, as it is at the head of the default branch
   * @throws {NotFoundError} ROW_NOT_FOUND, TABLE_NOT_FOUND, REF_NOT_FOUND
   * @throws {RefusedError} KEY_REQUIRED: the table has no key
   * @throws {UsageError} USAGE, OPTION_INVALID
   * @example
   * const { commit, by, inputs } = await db.trace('totals', ['2024-01-01'], { column: 'sum' })
   */
  trace(table: string, key: Row, options?: TraceOptions): Promise<Trace>

  /**
   * Finds every later execution that read, directly or not, what a run or a commit wrote, and what must run again to mend it.
   * @param what a run's id, or any ref
   * @throws {NotFoundError} RUN_NOT_FOUND: neither
   * @throws {UsageError} USAGE
   * @example
   * const { reached, plan } = await db.recall('night-061')
   */
  recall(what: string): Promise<Recall>

  /**
   * Gives the graph of tables, steps and files: which are made of which, as each step did it last.
   * @param options default: all of it
   * @throws {NotFoundError} TABLE_NOT_FOUND: no record names the table, and it never was on the default branch
   * @throws {UsageError} OPTION_INVALID
   * @example
   * const { nodes, edges } = await db.lineage({ table: 'totals' })
   */
  lineage(options?: LineageOptions): Promise<Lineage>

  /**
   * Lists every recorded step that must run again since something that it read is another one now, in order, with every cause. Nothing runs.
   * @param options default: on the default branch
   * @throws {NotFoundError} BRANCH_NOT_FOUND, TABLE_NOT_FOUND
   * @throws {UsageError} OPTION_INVALID
   * @example
   * const names = (await db.plan()).map(({ step }) => step)
   */
  plan(options?: PlanOptions): Promise<PlannedStep[]>
}
