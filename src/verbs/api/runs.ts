import type { RunInfo } from '../../runs/run-states.ts'
import type { PublishOptions, RunFilter } from '../runs/publish.ts'
import type { EndRunOptions, RunOptions, RunResult } from '../runs/run.ts'

/** Runs: what a workflow does, as one transaction. */
export interface RunVerbs<Db> {
  /**
   * Does work on a branch of its own, and publishes all that it saved as one merge commit when it has ended. Its loads and saves see
   * each other; nobody else sees them before. If the work throws, nothing is published: the run is recorded as failed, and its
   * tables stay on the branch `run/<id>`.
   * @param options default: an id that is made; published to the default branch
   * @param work is given the database in the run, and the run's record; in it, the name of `into` means the run's branch
   * @returns the run, whether it was `repeated`, and what the work gave
   * @throws {RefusedError} RUN_EXISTS: it failed or was interrupted, and `resume` isn't set; RUN_RUNNING; RUN_BRANCH; BRANCH_DIRTY, SCHEMA_CONFLICT, DATABASE_READ_ONLY
   * @throws {NotFoundError} BRANCH_NOT_FOUND
   * @throws {ConflictError} CONFLICT: the run stays, and `publishRun` or a merge finishes it
   * @throws {UsageError} USAGE, OPTION_INVALID
   * @example
   * const { toCommit } = await db.run({ id: 'night-061' }, async (run) => {
   *   await run.save('foo', 'foo.csv', { key: 'id' })
   *   await run.save('bar', 'bar.csv', { key: 'id' })
   * })
   */
  run<T>(options: RunOptions, work: (run: Db, info: RunInfo) => Promise<T>): Promise<RunResult<T>>

  /**
   * Begins a run that `endRun` ends: for programs that can't give a function, such as those in another language. Open the database
   * with the run's `branch`, `run` and `into` to work in it.
   * @param options default: an id that is made; published to the default branch
   * @returns its record; if a run of this id was published before, that one's, and none is begun
   * @throws {RefusedError} RUN_EXISTS: it failed or was interrupted, and `resume` isn't set; RUN_RUNNING, RUN_BRANCH, DATABASE_READ_ONLY
   * @throws {NotFoundError} BRANCH_NOT_FOUND
   * @throws {UsageError} OPTION_INVALID
   * @example
   * const { id, branch, into } = await db.beginRun({ id: 'night-061' })
   */
  beginRun(options?: RunOptions): Promise<RunInfo>

  /**
   * Ends a run that this process began: publishes it, or with an `error` notes that it failed.
   * @param options default: it is published; fail on a conflict
   * @throws {NotFoundError} RUN_NOT_FOUND
   * @throws {UsageError} OPTION_INVALID
   * @throws {RefusedError} RUN_EXISTS: it was dropped; BRANCH_DIRTY, SCHEMA_CONFLICT, DATABASE_READ_ONLY
   * @throws {ConflictError} CONFLICT: the run stays
   * @example
   * await db.endRun('night-061', { error: 'the source was empty' })
   */
  endRun(id: string, options?: EndRunOptions): Promise<RunInfo>

  /**
   * Lists runs, the newest first.
   * @param filter default: all
   * @throws {UsageError} OPTION_INVALID
   * @example
   * const failed = await db.runs({ status: 'failed' })
   */
  runs(filter?: RunFilter): Promise<RunInfo[]>

  /**
   * Gives the record of one run.
   * @throws {UsageError} USAGE
   * @throws {NotFoundError} RUN_NOT_FOUND
   * @example
   * const { status, git } = await db.showRun('night-061')
   */
  showRun(id: string): Promise<RunInfo>

  /**
   * Publishes a run that failed, or was interrupted, as it is. One that is published already stays so.
   * @param options default: fail on a conflict
   * @throws {UsageError} USAGE
   * @throws {NotFoundError} RUN_NOT_FOUND
   * @throws {RefusedError} RUN_RUNNING, RUN_EXISTS: it was dropped; BRANCH_DIRTY, SCHEMA_CONFLICT, DATABASE_READ_ONLY
   * @throws {ConflictError} CONFLICT
   * @example
   * await db.publishRun('night-061', { onConflict: 'theirs' })
   */
  publishRun(id: string, options?: PublishOptions): Promise<RunInfo>

  /**
   * Removes what a run that failed, or was interrupted, has saved; its record stays.
   * @throws {UsageError} USAGE
   * @throws {NotFoundError} RUN_NOT_FOUND
   * @throws {RefusedError} RUN_RUNNING, RUN_EXISTS: it was published or dropped; DATABASE_READ_ONLY
   * @example
   * await db.dropRun('night-061')
   */
  dropRun(id: string): Promise<RunInfo>
}
