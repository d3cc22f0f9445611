import { createHash } from 'node:crypto'
import type { Action } from './action.ts'
import { beginAction, type ActionOptions } from './begin.ts'
import { placeSave, type BranchPlan, type Placement } from './branch-plan.ts'
import { makeChange, record, tryChange, type ChangePlan } from './change.ts'
import { withWritingSession, type Context } from './context.ts'
import { RefusedError, SourceError, UsageError } from './errors.ts'
import type { Session, StageResult } from './engines/engine.ts'
import type { TextReadOptions } from './formats/format.ts'
import { failpoint } from './failpoint.ts'
import { formatOf } from './formats/index.ts'
import { checkTableName } from './names.ts'
import { readRecords } from './records.ts'
import { pullBefore, pushAfter } from './remote-loop.ts'
import { firstOfItsId } from './retry.ts'
import type { Sink } from './sinks/sink.ts'
import { hashFiles } from './hash-files.ts'
import { fillStage, pathsOf, requireFiles, type Source } from './source.ts'
import type { ColumnType, ConflictPolicy, Progress, SaveMode, Schema } from './types.ts'

/**
 * Options of a save: plain data, but for the callback, the signal and `onProgress`.
 * A save that is repeated with the caller's own `id` returns the first Action and does nothing.
 */
export interface SaveOptions extends ActionOptions {
  /** The key column's name, or several. Needed by a table's first save, pinned after that. */
  key?: string | readonly string[]
  /** Default: `replace` */
  mode?: SaveMode
  /** Default: the database's default branch. */
  branch?: BranchPlan
  /** Refuse (CONFLICT) instead of merging when the branch has moved. Default: false */
  noMerge?: boolean
  /** What decides cells that two sides changed. Default: `fail` */
  onConflict?: ConflictPolicy
  /** The commit's message. Default: what was saved. */
  message?: string
  /** As an extension names it: `csv`, `tsv`, `jsonl`, `json`, `parquet`, `arrow`, `xlsx`, `csv.gz`, … Default: by the file's extension, else CSV. */
  format?: string
  /** How the text is read: delimiter, quote, header, NULL texts. The last two count for other formats, too. */
  text?: TextReadOptions
  /** The sheet of a workbook: its name, or its number from 1. Default: the first */
  sheet?: string | number
  /** Pinned types by column, for columns that are new. */
  types?: Record<string, ColumnType>
  /** Allow a replace by no rows. Default: false */
  allowEmpty?: boolean
  /** More sinks for this action. */
  meta?: Sink | readonly Sink[]
  /** Pulled before and pushed after: a URL or a saved name. */
  remote?: string
  /** Tell what would change; change nothing. Default: false */
  dryRun?: boolean
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/**
 * Saves a source into a table as a commit on a branch. It happens wholly or not at all; where nothing
 * would change, there is no commit and `changed` is false.
 * @throws {UsageError} OPTION_INVALID, NAME_RESERVED, NAME_REFUSED
 * @throws {NotFoundError} FILE_NOT_FOUND, BRANCH_NOT_FOUND, REF_NOT_FOUND
 * @throws {SourceError} CSV_…, FORMAT_…, SHEET_NOT_FOUND, COLUMN_…, HEADER_DIFFERS, KEY_NULL, KEY_DUPLICATE, KEY_EXISTS, TYPE_MISMATCH
 * @throws {RefusedError} KEY_REQUIRED, KEY_CHANGED, EMPTY_SOURCE, BRANCH_DIRTY, DATABASE_READ_ONLY, SCHEMA_CONFLICT
 * @throws {ConflictError} CONFLICT: the work is kept on a branch; its data lists the rows
 * @throws {DoltflowError} REMOTE_UNREACHABLE with `data.action`: saved here, not yet there
 */
export async function save(
  context: Context,
  table: string,
  source: Source,
  options: SaveOptions = {},
): Promise<Action> {
  checkTableName(table)
  const paths = pathsOf(source)
  const readableTwice = paths !== undefined && (await requireFiles(paths))
  const action: Action = { ...beginAction(context, 'save', options), table, file: paths?.join('\n') ?? null }
  const { signal, onProgress } = options
  // The engine starts meanwhile; whether the hash is of use is known only then.
  const unneeded = new AbortController()
  const bytesHash = readableTwice && mayBeKnown(options) ? hashFiles(paths, unneeded.signal) : undefined
  const saving = withWritingSession(
    context,
    async (session) => {
      const first = options.id === undefined ? undefined : await firstOfItsId(session, options.id)
      const remote = options.dryRun ? null : (options.remote ?? context.remote)
      if (first) return await delivered(session, first, remote)
      const pulled = await pullBefore(session, remote, action)
      failpoint('pulled')
      await saveHere(context, session, action, source, options, bytesHash)
      failpoint('saved')
      await pushAfter(session, pulled, action)
      failpoint('pushed')
      return action
    },
    { signal, onProgress, write: !options.dryRun },
  )
  return saving.finally(() => unneeded.abort())
}

/** What was saved already may not have been pushed: the first try may have been killed between, or found no network. */
async function delivered(session: Session, action: Action, remote: string | null): Promise<Action> {
  await pushAfter(session, await pullBefore(session, remote, action), action)
  return action
}

async function saveHere(
  context: Context,
  session: Session,
  action: Action,
  source: Source,
  options: SaveOptions,
  bytesHash: Promise<string | undefined> | undefined,
): Promise<void> {
  const table = action.table!
  const scope = { defaultBranch: context.branch, table }
  const placement = await placeSave(session, options.branch ?? context.branch, scope)
  action.branch = placement.target
  action.fromCommit = placement.base
  const schema = await session.schema(placement.base, table)
  const key = keyOf(options.key, schema, table)
  const sinks = [...context.sinks, ...[options.meta ?? []].flat()]
  const shape = shapeOf(options, key)
  if (bytesHash && (await isSameSource(session, action, bytesHash, shape, placement)))
    return void (await record(session, action, sinks))

  const { format, text, sheet, signal } = options
  const preset = formatOf(format, pathsOf(source)?.[0]).text
  const stage = await session.openStage({ text: { ...preset, ...text }, schema, types: options.types ?? {} })
  const sha256 = await fillStage(session, stage, source, { format, text, sheet, signal })
  failpoint('staged')
  const staged = await session.finishStage(stage)
  failpoint('stage-finished')
  action.sourceHash = sourceHash(sha256 ?? staged.sha256, shape)
  action.rows = staged.rows
  const mode = options.mode ?? 'replace'
  checkStaged(staged, schema, key, table, mode, options)
  noteMixed(action, staged)
  const plan: ChangePlan = {
    ...placement,
    action,
    change: { kind: 'stage', table, stage, mode, key },
    message: options.message || `${mode === 'replace' ? 'save' : mode} ${table}`,
    policy: options.onConflict ?? 'fail',
    noMerge: options.noMerge ?? false,
    sinks,
    claim: options.id !== undefined,
  }
  await (options.dryRun ? tryChange(session, plan) : makeChange(session, plan))
  await session.drop(stage)
}

/** What shapes the source, beside its bytes. */
function shapeOf(options: SaveOptions, key: string[] | undefined): string {
  const { format, text, sheet, types, mode } = options
  const shape = [format ?? null, text ?? null, types ?? null, mode ?? 'replace', key ?? null]
  return JSON.stringify(sheet === undefined ? shape : [...shape, sheet])
}

function sourceHash(sha256: string, shape: string): string {
  return createHash('sha256').update(`${sha256}\n${shape}`).digest('hex')
}

/** Whether the same bytes saved again can be told by a record of the first time. */
function mayBeKnown({ mode, dryRun }: SaveOptions): boolean {
  return mode !== 'append' && !dryRun
}

/** Whether these very bytes were saved before and the table is still what they made: then nothing needs to be read further. */
async function isSameSource(
  session: Session,
  action: Action,
  bytesHash: Promise<string | undefined>,
  shape: string,
  { base, target, create }: Placement,
): Promise<boolean> {
  if (create) return false
  const tableHash = await session.tableHash(base, action.table!)
  if (tableHash === undefined) return false
  if ((await session.head(target)) !== base) return false
  const sha256 = await bytesHash
  if (sha256 === undefined) return false
  const hash = sourceHash(sha256, shape)
  const [same] = await readRecords(
    session,
    { table: action.table!, sourceHash: hash, tableHash },
    { newestFirst: true, limit: 1 },
  )
  if (!same || same.merged) return false
  action.sourceHash = hash
  Object.assign(action, {
    rows: same.rows,
    fileCommit: base,
    toCommit: base,
    tableHash,
    added: 0,
    modified: 0,
    removed: 0,
  })
  return true
}

/** @throws {RefusedError} KEY_REQUIRED, KEY_CHANGED */
function keyOf(given: SaveOptions['key'], schema: Schema | undefined, table: string): string[] | undefined {
  const key = given === undefined ? undefined : typeof given === 'string' ? [given] : [...given]
  if (key && (key.length === 0 || key.some((name) => name === '') || new Set(key).size !== key.length))
    throw new UsageError('OPTION_INVALID', `The key ${JSON.stringify(key)} is not a list of different column names.`, {
      data: { key },
    })
  if (!schema) return key
  if (key && key.join('\0') !== schema.key.join('\0'))
    throw new RefusedError(
      'KEY_CHANGED',
      `Table ${table} has the key ${schema.key.join(', ')}, not ${key.join(', ')}. A key is pinned by the first save: leave --key out, or save into another table.`,
      { data: { table, key, tableKey: schema.key } },
    )
  return schema.key
}

function checkStaged(
  staged: StageResult,
  schema: Schema | undefined,
  key: string[] | undefined,
  table: string,
  mode: SaveMode,
  options: SaveOptions,
): void {
  const names = staged.columns.map((column) => column.name)
  if (!key)
    throw new RefusedError(
      'KEY_REQUIRED',
      `The first save of table ${table} needs its key: the column, or columns, that tell its rows apart. Give --key, with one of: ${names.join(', ')}`,
      { data: { table, columns: names } },
    )
  const unknown = key.find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new SourceError(
      'COLUMN_MISSING',
      `The key column ${unknown} is not in the source, which has: ${names.join(', ')}.`,
      {
        data: { table, column: unknown, columns: names },
      },
    )
  const missing = (schema?.columns ?? []).map((column) => column.name).filter((name) => !names.includes(name))
  if (missing.length > 0)
    throw new SourceError(
      'COLUMN_MISSING',
      `The source lacks ${missing.join(', ')} of table ${table}, which has: ${schema!.columns.map((column) => column.name).join(', ')}. Add the column (its cells may be empty), or save into another table.`,
      { data: { table, missing, columns: names } },
    )
  if (staged.rows === 0 && mode === 'replace' && schema && !options.allowEmpty)
    throw new RefusedError(
      'EMPTY_SOURCE',
      `The source has no rows, and replace would remove every row of table ${table}. If that is meant: --allow-empty`,
      { data: { table } },
    )
}

function noteMixed(action: Action, { notes }: StageResult): void {
  for (const { column, numbers, texts, sample, line } of notes) {
    const isNumeric = Number.isFinite(Number(sample)) && sample.trim() !== ''
    action.notices.push({
      code: 'COLUMN_MIXED',
      message:
        `Column ${column} has ${numbers} numbers and ${texts} ${texts === 1 ? 'cell' : 'cells'} kept as text, such as ${JSON.stringify(sample)} on line ${line}. ` +
        (isNumeric
          ? `It would not come back as it is written from a number of this column. If the column is text, or has another scale, say so at its first save: --type '${column}=text', --type '${column}=decimal(N)'.`
          : `If that means "no value", save with --null ${JSON.stringify(sample)}; if the column is text, with --type '${column}=text' at its first save.`),
    })
  }
}
