import type { Status } from '../status.ts'

/** The database itself. */
export interface CareVerbs {
  /**
   * Where the database is, fit to print: without a password.
   * @example
   * console.log(db.location)
   */
  readonly location: string

  /**
   * What handles call it: its name in `databases`, else its location.
   * @example
   * console.log(db.name)
   */
  readonly name: string

  /**
   * What `HEAD` means, and where saves go that name no branch.
   * @example
   * console.log(db.defaultBranch)
   */
  readonly defaultBranch: string

  /**
   * Makes the database, if it is not there yet. The first save does so, too.
   * @throws {NotFoundError} DATABASE_NOT_FOUND: it was opened with `create: false`
   * @throws {RefusedError} DATABASE_READ_ONLY
   * @example
   * await db.init()
   */
  init(): Promise<void>

  /**
   * Says what a person should know of the database: dirty tables, kept conflicts, what is not pushed, its size.
   * @throws {NotFoundError} DATABASE_NOT_FOUND
   * @example
   * const { conflicts, dirty } = await db.status()
   */
  status(): Promise<Status>

  /**
   * Drops what no branch or tag leads to, and makes one commit of the history of the records, but of what a remote has; the records
   * stay. On a Dolt server that history stays, too. Commits that handles name stay for 30 days after the handle's last use, those of pins
   * for good.
   * @returns bytes on disk before and after; null if a server doesn't tell
   * @throws {NotFoundError} DATABASE_NOT_FOUND
   * @throws {RefusedError} DATABASE_READ_ONLY
   * @example
   * const { before, after } = await db.gc()
   */
  gc(): Promise<{ before: number | null; after: number | null }>

  /**
   * Closes the database. Later calls are refused with the retryable code CLOSED. Saves, loads and iterations that run
   * are waited for, also an iteration that its consumer has not ended.
   * @param options `abort`: end what runs instead of waiting for it; it is ABORTED, and its target is as it was. Default: false
   * @throws {UsageError} OPTION_INVALID
   * @example
   * process.once('SIGTERM', () => db.close())
   */
  close(options?: { abort?: boolean | undefined }): Promise<void>

  /**
   * Closes the database at the end of a block, in languages that have `await using`.
   * @example
   * await using pipeline = await open('pipeline.db')
   * await pipeline.save('foo', 'foo.csv')
   */
  [Symbol.asyncDispose](): Promise<void>
}
