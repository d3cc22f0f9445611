import { Database } from './database.ts'
import { openEngine } from './engines/index.ts'
import { UsageError } from './errors.ts'
import { checkRefName } from './model/names.ts'
import { checkedAuthor, defaultAuthor } from './system/author.ts'
import { checkArguments } from './verbs/arguments/check.ts'
import type { OpenOptions } from './verbs/open-options.ts'

/**
 * Opens a database. Nothing is created; the first save does that.
 * @param url a DoltLite file's path, `dolt:FOLDER`, `mysql://user@host:port/database`, `s3://bucket/prefix` to read a remote in a bucket, or, for tests, `memory:NAME`: shared by all who
 *   open that name in this process, and gone with it
 * @param options defaults of the database; each verb may say otherwise
 * @throws {NotFoundError} DATABASE_NOT_FOUND: there is none, and `create` is false
 * @throws {UsageError} URL_INVALID, NAME_RESERVED, NAME_REFUSED, OPTION_INVALID
 * @throws {RefusedError} NETWORK_FILE_SYSTEM, ACCESS_DENIED
 * @throws {DoltflowError} DATABASE_TRUNCATED (by the first verb), DATABASE_CORRUPT, ENGINE_UNAVAILABLE, SERVER_UNREACHABLE
 * @example
 * const pipeline = await open('pipeline.db', { run: 'last-night' })
 */
export async function open(url: string, options: OpenOptions = {}): Promise<Database> {
  if (typeof url !== 'string' || url === '')
    throw new UsageError('URL_INVALID', 'A database needs a path, such as pipeline.db.')
  checkArguments('open', [url, options])
  const branch = options.branch ?? 'main'
  checkRefName(branch)
  return new Database({
    engine: await openEngine(url, {
      create: options.create ?? true,
      ...(options.password === undefined ? {} : { password: options.password }),
      ...(options.tls === undefined ? {} : { tls: options.tls }),
    }),
    branch,
    author: checkedAuthor(options.author ?? defaultAuthor()),
    sinks: options.sinks ?? [],
    run: options.run ?? null,
    step: options.step ?? null,
    remote: options.remote ?? null,
  })
}
