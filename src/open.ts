import { Database } from './database.ts'
import type { EngineOptions } from './engines/engine.ts'
import { openEngine } from './engines/index.ts'
import { UsageError } from './errors.ts'
import { checkRefName } from './model/names.ts'
import { namedSink } from './sinks/named.ts'
import { checkedAuthor, defaultAuthor } from './system/author.ts'
import { checkArguments } from './verbs/arguments/check.ts'
import type { OpenOptions } from './verbs/open-options.ts'

/** Options that name the one database to open. */
export type OnlyDatabase = OpenOptions & { databases: Readonly<Record<string, string>> }

/**
 * Opens a database. Nothing is created; the first save does that.
 * @param url a DoltLite file's path, `dolt:FOLDER`, `mysql://user@host:port/database`, `s3://bucket/prefix` to read a remote in a bucket, or, for tests, `memory:NAME`: shared by all who
 *   open that name in this process, and gone with it;
 *   a name of `options.databases`, too; handles carry it then. Of `open({ databases })` with one name it is that
 * @param options defaults of the database; each verb may say otherwise
 * @throws {NotFoundError} DATABASE_NOT_FOUND: there is none, and `create` is false
 * @throws {UsageError} URL_INVALID, NAME_RESERVED, NAME_REFUSED, OPTION_INVALID
 * @throws {RefusedError} NETWORK_FILE_SYSTEM, ACCESS_DENIED
 * @throws {DoltflowError} DATABASE_TRUNCATED (by the first verb), DATABASE_CORRUPT, ENGINE_UNAVAILABLE, SERVER_UNREACHABLE
 * @example
 * const pipeline = await open('pipeline.db', { run: 'last-night' })
 * const here = await open('pipeline', { databases: { pipeline: 'mysql://doltflow@db/pipeline' } })
 */
export async function open(url: string | OnlyDatabase, options: OpenOptions = {}): Promise<Database> {
  return openFor(url, options)
}

/** As `open`, for one who may be held up by its calls. */
export async function openFor(
  url: string | OnlyDatabase,
  options: OpenOptions,
  { mayBlock = false, readOnly }: Pick<EngineOptions, 'mayBlock' | 'readOnly'> = {},
): Promise<Database> {
  if (typeof url === 'object' && url !== null) return openFor(onlyName(namesIn(url)), url)
  if (typeof url !== 'string' || url === '')
    throw new UsageError('URL_INVALID', 'A database needs a path, such as pipeline.db.')
  checkArguments('open', [url, options])
  const branch = options.branch ?? 'main'
  checkRefName(branch)
  const engine = await openEngine(urlOf(url, options.databases), {
    create: options.create ?? true,
    mayBlock,
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  })
  return new Database({
    engine,
    name: nameOf(url, options.databases, engine.location),
    branch,
    author: checkedAuthor(options.author ?? defaultAuthor()),
    sinks: [options.sinks ?? []].flat().map((sink) => (typeof sink === 'string' ? namedSink(sink) : sink)),
    run: options.run ?? null,
    into: options.into,
    step: options.step ?? null,
    remote: options.remote ?? null,
  })
}

function urlOf(name: string, databases: OpenOptions['databases'] = {}): string {
  return Object.hasOwn(databases, name) ? databases[name]! : name
}

/** What handles call a database: its name, else where it is. */
function nameOf(name: string, databases: OpenOptions['databases'] = {}, location: string): string {
  return Object.hasOwn(databases, name) ? name : location
}

/** The names of the databases that are given. @throws {UsageError} URL_INVALID for what has none to read */
function namesIn(given: OnlyDatabase): string[] {
  try {
    return Object.keys(given.databases ?? {})
  } catch (cause) {
    throw new UsageError('URL_INVALID', "A database needs a path, such as open('pipeline.db').", { cause })
  }
}

/** @throws {UsageError} USAGE */
function onlyName(names: readonly string[]): string {
  if (names.length === 1) return names[0]!
  throw new UsageError(
    'USAGE',
    names.length === 0
      ? "A database needs a path, such as open('pipeline.db'), or a name: open({ databases: { pipeline: 'pipeline.db' } })."
      : `Which database is meant? Give its name: open('${names[0]}', { databases }). There are: ${names.join(', ')}.`,
    { data: { databases: names } },
  )
}
