import type { Writable } from 'node:stream'
import { guarded, readBranch, at, withSession, type Context } from '../context.ts'
import type { Session, ReadTarget } from '../engines/engine.ts'
import { UsageError } from '../errors.ts'
import { holdingErrors } from '../files/stream.ts'
import { toStream, writeBeside, type Pieces, type Written } from '../files/write-target.ts'
import { csvWriter } from '../formats/csv/index.ts'
import type { Piece, TextWriteOptions } from '../formats/format.ts'
import { pack } from '../formats/gzip.ts'
import { checkWriteOptions, formatOf, type Format } from '../formats/index.ts'
import { runJob } from '../formats/job.ts'
import type { Job } from '../formats/protocol.ts'
import { notice, type Action, type Finding, type Intent, type Notice, type Outcome } from '../model/action.ts'
import { isTableHandle, type TableHandle } from '../model/handle.ts'
import { boundQuery, plainParameters, type SqlParameters } from '../model/sql-parameters.ts'
import { pullBefore } from '../remotes/around-save.ts'
import { sinksOf } from '../sinks/bind.ts'
import { record } from '../sinks/record.ts'
import type { Sink } from '../sinks/sink.ts'
import { markedText } from '../spelling.ts'
import { deadline } from '../system/deadline.ts'
import type { Column, ColumnType, Hash, Progress } from '../types.ts'
import { beginAction, type ActionOptions } from './begin-action.ts'
import { commitOfHandle, handled } from './handles.ts'
import { rememberLoaded } from './loaded.ts'
import { queryLimits, refuseMoreRows, type ReadLimits } from './read-limits.ts'

/** Options of a load: plain data, but for the callback, the signal and `onProgress`. */
export interface LoadOptions extends ActionOptions, ReadLimits {
  /** Branch, tag, hash or its beginning, `HEAD`, `run:<id>`, date, each with `~n`. Default: the head of `branch` */
  at?: string | undefined
  /** Default: the database's default branch. */
  branch?: string | undefined
  /** As an extension names it: `csv`, `tsv`, `jsonl`, `json`, `parquet`, `arrow`, `xlsx`, `csv.gz`, … Default: by the file's extension, else CSV. */
  format?: string | undefined
  /** How delimited text is written. */
  text?: TextWriteOptions | undefined
  /** What the sheet of a workbook is called. Default: `Sheet1` */
  sheet?: string | undefined
  /** What the record calls the file, such as `kedro:orders`, if it is a temporary one. Default: its path */
  target?: string | undefined
  /**
   * Write a format such as Parquet in this process, not in one of its own: faster by 200 ms, for few rows. Default: false
   */
  inProcess?: boolean | undefined
  /** What columns of a query are, as a table declares them; the others are what their cells say. Default: none is declared */
  types?: Readonly<Record<string, ColumnType>> | undefined
  /** Leave a file that has these bytes already alone, its time too. Default: false */
  ifChanged?: boolean | undefined
  /** More sinks for this action. */
  meta?: Sink | readonly Sink[] | undefined
  /** Pulled before: a URL or a saved name. */
  remote?: string | undefined
  /** Stops the load (ABORTED); the file is as it was. */
  signal?: AbortSignal | undefined
  /** Called after each page. */
  onProgress?: ((progress: Progress) => void) | undefined
}

/**
 * What is loaded: a table's name, a handle of one at a commit, or a query that only reads. Its placeholders are `?`, with a list of values, or
 * `:name`, with the values by name.
 */
export type LoadWhat = string | TableHandle | { sql: string; parameters?: SqlParameters | undefined }

/**
 * Loads a table, or a query's rows, as it was at a ref, into a file or a stream. The file is replaced in one step;
 * no branch moves and no commit is made on data. A load that has a run is recorded.
 * @throws {UsageError} FORMAT_UNKNOWN, OPTION_INVALID, also if a query's parameters do not fit its placeholders
 * @throws {NotFoundError} TABLE_NOT_FOUND, REF_NOT_FOUND, BRANCH_NOT_FOUND, RUN_NOT_FOUND
 * @throws {SourceError} FORMAT_CANNOT_HOLD
 * @throws {DoltflowError} SQL_FAILED, QUERY_TIMEOUT, QUERY_LIMIT, IO_FAILED, PACKAGE_MISSING
 */
export function load(
  context: Context,
  what: LoadWhat,
  target: string | Writable,
  options: LoadOptions = {},
): Promise<Action> {
  return holdingErrors([target], () =>
    withDeadline(options, (timed) => loadHeld(context, what, target, guarded(context, timed))),
  )
}

async function loadHeld(
  context: Context,
  what: LoadWhat,
  target: string | Writable,
  options: LoadOptions,
): Promise<Action> {
  const source = sourceOf(what, options)
  if (options.types !== undefined && !isQuery(what))
    throw new UsageError('OPTION_INVALID', 'The option types is for a query: a table declares its own. Leave it out.', {
      data: { option: 'types' },
    })
  checkFormat(target, options)
  const intent = beginLoad(context, what, target, options)
  return withSession(
    context,
    async (session) => {
      const notices = await pullFirst(session, context, intent, options)
      const commit = await commitToLoad(session, context, what, options)
      const { written, found } = await writeTo(session, commit, source, target, options)
      try {
        await written.replace()
        // The file is there: an abort comes too late.
        if (typeof target === 'string' && options.target === undefined)
          await session.shield(() => rememberLoaded(session, context, source, target, commit, options))
      } finally {
        await written.discard()
      }
      return session.shield(() => tell(context, session, { intent, found: { ...found, notices } }, options))
    },
    { signal: options.signal },
  )
}

/** The intent of a load that begins now. */
export function beginLoad(
  context: Context,
  what: LoadWhat,
  target: string | Writable | null,
  options: Pick<LoadOptions, keyof ActionOptions | 'at' | 'branch' | 'target'>,
): Intent {
  return {
    ...beginAction(context, 'load', options),
    table: tableOf(what),
    ...(isQuery(what) ? { sql: what.sql, parameters: plainParameters(what.parameters) } : {}),
    file: options.target ?? (typeof target === 'string' ? target : null),
    branch: isTableHandle(what)
      ? null
      : (readBranch(context, options.branch) ?? (options.at === undefined ? context.branch : null)),
  }
}

/** @throws {UsageError} FORMAT_UNKNOWN, OPTION_INVALID */
export function checkFormat(target: string | Writable, { format, text, sheet }: LoadOptions): Format {
  const found = formatOf(format, typeof target === 'string' ? target : undefined)
  checkWriteOptions(found, { ...text, sheet })
  return found
}

/** Pulls if there is a remote. What can't be pulled is noted. */
export async function pullFirst(
  session: Session,
  context: Context,
  intent: Intent,
  options: LoadOptions,
): Promise<Notice[]> {
  const pulled = await pullBefore(session, options.remote ?? context.remote, intent)
  if (!pulled?.failure) return []
  return [notice('NOT_PULLED', `What is loaded is what is here. ${markedText(pulled.failure)}`)]
}

/** Writes a table of a commit to a stream, or beside a file. */
export async function writeTo(
  session: Session,
  commit: Hash,
  source: ReadTarget,
  target: string | Writable,
  options: LoadOptions,
): Promise<{ written: Written; found: Outcome }> {
  const tableHash = 'table' in source ? await session.tableHash(commit, source.table) : undefined
  const path = typeof target === 'string' ? target : undefined
  const read: Read = { rows: null, onProgress: options.onProgress, limits: options, tables: null }
  const pieces = await piecesOf(session, commit, source, checkFormat(target, options), read, options)
  if (path === undefined) await toStream(pieces, target as Writable, options.signal)
  const done: Written = { changed: true, replace: async () => {}, discard: async () => {} }
  const written = path === undefined ? done : await writeBeside(pieces, path, options)
  return {
    written,
    found: {
      fromCommit: commit,
      tableHash: tableHash ?? null,
      tables: read.tables,
      rows: read.rows,
      changed: written.changed,
    },
  }
}

/** What an engine is asked for. @throws {UsageError} OPTION_INVALID */
export function sourceOf(what: LoadWhat, limits: ReadLimits): ReadTarget {
  return !isQuery(what)
    ? { table: tableOf(what)! }
    : { ...boundQuery(what.sql, what.parameters), limits: queryLimits(limits) }
}

/** The table's name; null for a query. */
function tableOf(what: LoadWhat): string | null {
  return typeof what === 'string' ? what : isQuery(what) ? null : what.table
}

function isQuery(what: LoadWhat): what is Exclude<LoadWhat, string | TableHandle> {
  return typeof what === 'object' && 'sql' in what
}

/** Does work with a signal that is aborted also when its time is over. @throws {DoltflowError} QUERY_TIMEOUT */
export async function withDeadline<Options extends LoadOptions, T>(
  options: Options,
  work: (options: Options) => Promise<T>,
): Promise<T> {
  const { signal, told } = deadline(options)
  try {
    return await work({ ...options, ...(signal && { signal }) })
  } catch (error) {
    throw told(error)
  }
}

/** The commit that a reading verb's handle or options name. */
export function commitToLoad(
  session: Session,
  context: Context,
  what: LoadWhat | undefined,
  options: { at?: string | undefined; branch?: string | undefined },
): Promise<Hash> {
  if (isTableHandle(what)) {
    refuseRef(options)
    return commitOfHandle(session, context, what)
  }
  return at(session, context, options.at, {
    branch: options.branch,
    table: typeof what === 'string' ? what : undefined,
  })
}

/** A handle names its commit already. */
function refuseRef({ at: ref, branch }: { at?: string | undefined; branch?: string | undefined }): void {
  const option = ref === undefined ? 'branch' : 'at'
  if ((ref ?? branch) !== undefined)
    throw new UsageError('OPTION_INVALID', `A handle names its commit: leave the option ${option} out.`, {
      data: { option },
    })
}

/** How far a table or a query is read. */
interface Read {
  /** How many rows it has; null until all are read. */
  rows: number | null
  onProgress: LoadOptions['onProgress']
  limits: ReadLimits
  /** The tables that a query reads. */
  tables: string[] | null
}

/** How the bytes of a table in a format are made, in pieces. */
async function piecesOf(
  session: Session,
  commit: Hash,
  source: ReadTarget,
  { name, text, gzip }: Format,
  read: Read,
  { text: textOptions, signal, sheet, inProcess, types }: LoadOptions,
): Promise<Pieces> {
  const rows = (shape: TextWriteOptions): AsyncIterable<Uint8Array> => textOf(session, commit, source, shape, read)
  const packed = (bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> => (gzip ? pack(bytes) : bytes)
  if (text) return () => packed(rows({ ...(text as TextWriteOptions), ...textOptions }))
  const columns = await columnsOf(session, commit, source, types)
  const options = sheet === undefined ? {} : { sheet }
  const job: Job = { kind: 'write', format: name, columns, options }
  const effects = { input: () => rows({ header: false }), signal, inProcess }
  return (revocable) =>
    revocable && !gzip
      ? runJob<Piece>({ ...job, options: { ...options, revocable } }, effects)
      : packed(runJob<Uint8Array>(job, effects))
}

/** A query's columns are what the caller declares; else each cell is what its text says. */
async function columnsOf(
  session: Session,
  commit: Hash,
  source: ReadTarget,
  types: LoadOptions['types'] = {},
): Promise<Column[]> {
  if ('table' in source) return (await session.schema(commit, source.table))?.columns ?? []
  const { id, columns } = await session.openText(commit, source, {})
  await session.close(id)
  return columns.map((name) => ({ name, type: Object.hasOwn(types, name) ? types[name]! : 'any' }))
}

/** The text of a table in pages, its header first. The next page is made while one is written. */
async function* textOf(
  session: Session,
  commit: Hash,
  source: ReadTarget,
  format: TextWriteOptions,
  read: Read,
): AsyncGenerator<Uint8Array> {
  const { id, columns, tables = null } = await session.openText(commit, source, format)
  read.tables = tables
  let rows = 0
  let bytes = 0
  try {
    yield Buffer.from(csvWriter(columns, format).head())
    let coming = session.nextText(id)
    for (let page = await coming; page; page = await coming) {
      coming = session.nextText(id)
      // Should the consumer stop here, nobody else waits for the next page.
      coming.catch(() => {})
      rows += page.rows
      refuseMoreRows(rows, read.limits)
      bytes += page.bytes.length
      yield page.bytes
      read.onProgress?.({ rows, bytes })
    }
    read.rows = rows
  } finally {
    await session.close(id)
  }
}

/** Records a load. It is kept in the table only if it has a run; other sinks get every action. */
export async function tell(
  context: Context,
  session: Session,
  { intent, found }: Finding,
  options: Pick<LoadOptions, 'meta'>,
): Promise<Action> {
  const sinks = sinksOf(context, options.meta)
  const readOnly = context.engine.capabilities.readOnly
  const isKept = intent.run !== null && readOnly === undefined
  const leftOut: Notice[] =
    intent.run === null || isKept
      ? []
      : [{ code: 'TABLE_SINK_LEFT_OUT', message: `The load is not recorded in the database: ${readOnly}.` }]
  const notices = [...(found.notices ?? []), ...leftOut]
  const { action } = await record(session, { intent, found: { ...found, notices } }, sinks, { inTable: isKept })
  return handled(session, context, action, action.rows ?? undefined)
}
