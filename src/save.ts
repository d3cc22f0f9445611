import { createHash } from 'node:crypto'
import type { Action } from './action.ts'
import { beginAction, type ActionOptions } from './begin.ts'
import { placeSave, type BranchPlan, type Placement } from './branch-plan.ts'
import { makeChange, record, tryChange, type ChangePlan } from './change.ts'
import { withWritingSession, type Context } from './context.ts'
import { RefusedError, UsageError } from './errors.ts'
import type { Session, StageResult } from './engines/engine.ts'
import type { TextReadOptions } from './formats/format.ts'
import { failpoint } from './failpoint.ts'
import type { Format } from './formats/index.ts'
import { checkTableName } from './names.ts'
import { checkPlan, nextSchema, type SchemaPlan, type SchemaPolicy } from './next-schema.ts'
import { readRecords } from './records.ts'
import { pullBefore, pushAfter } from './remote-loop.ts'
import { firstOfItsId } from './retry.ts'
import { schemaChanges } from './schema-change.ts'
import type { Sink } from './sinks/sink.ts'
import { hashFiles } from './hash-files.ts'
import { fillStage, formatsOf, pathsOf, requireFiles, type Source } from './source.ts'
import type { ColumnType, ConflictPolicy, Progress, SaveMode, Schema } from './types.ts'

/** How many changes of a schema a commit's message tells. */
const LISTED = 5

/**
 * Options of a save: plain data, but for the callback, the signal and `onProgress`.
 * A save that is repeated with the caller's own `id` returns the first Action and does nothing.
 */
export interface SaveOptions extends ActionOptions {
  /**
   * The key column's name, or several; pinned by the table's first save. A table that is first saved without one is
   * a multiset of rows, which null says is meant. Default: the table's own, else none
   */
  key?: string | readonly string[] | null
  /**
   * What the save may make of the table's schema: `evolve` adds columns and widens types, `replace` takes the source's
   * as it is (in the mode `replace` alone), `strict` refuses any change. Default: `evolve`
   */
  schema?: SchemaPolicy
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
  /** The sheet of a workbook: its name, or its number from 1 (also as text, where no sheet has that name). Default: the first */
  sheet?: string | number
  /** Pinned types by column: for columns that are new; a wider one for a column that is there. */
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
 * @throws {UsageError} OPTION_INVALID, FORMAT_UNKNOWN, NAME_RESERVED, NAME_REFUSED
 * @throws {NotFoundError} FILE_NOT_FOUND, SHEET_NOT_FOUND, BRANCH_NOT_FOUND, REF_NOT_FOUND
 * @throws {SourceError} CSV_…, FORMAT_…, COLUMN_…, HEADER_DIFFERS, KEY_NULL, KEY_DUPLICATE, KEY_EXISTS, TYPE_MISMATCH
 * @throws {RefusedError} KEY_REQUIRED, KEY_CHANGED, TYPE_CHANGED, SCHEMA_STRICT, EMPTY_SOURCE, BRANCH_DIRTY, DATABASE_READ_ONLY, SCHEMA_CONFLICT
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
  const before = await session.schema(placement.base, table)
  const plan: SchemaPlan = {
    table,
    before,
    key: keyOf(options.key, before),
    policy: options.schema ?? 'evolve',
    mode: options.mode ?? 'replace',
  }
  checkPlan(plan, options.types ?? {})
  const sinks = [...context.sinks, ...[options.meta ?? []].flat()]
  const formats = formatsOf(source, options)
  const shape = shapeOf(options, formats, plan)
  if (bytesHash && (await isSameSource(session, action, bytesHash, shape, placement)))
    return void (await record(session, action, sinks))

  const { text, sheet, signal } = options
  const preset = formats.find((format) => format.text)?.text
  const stage = await session.openStage({
    text: { ...preset, ...text },
    schema: plan.policy === 'replace' ? undefined : before,
    types: options.types ?? {},
    keyless: plan.key.length === 0,
  })
  const sha256 = await fillStage(session, stage, source, { formats, text, sheet, signal })
  failpoint('staged')
  const staged = await session.finishStage(stage)
  failpoint('stage-finished')
  action.sourceHash = sourceHash(sha256 ?? staged.sha256, shape)
  action.rows = staged.rows
  if (!before && options.key === undefined) noteNoKey(action, staged, table)
  const schema = nextSchema(plan, staged.columns)
  refuseEmptying(staged, table, plan, options)
  noteMixed(action, staged)
  const changed = noteSchema(action, plan, schema)
  const change: ChangePlan = {
    ...placement,
    action,
    change: { kind: 'stage', table, stage, mode: plan.mode, schema },
    message: messageOf(options.message, plan, changed),
    policy: options.onConflict ?? 'fail',
    noMerge: options.noMerge ?? false,
    sinks,
    claim: options.id !== undefined,
  }
  await (options.dryRun ? tryChange(session, change) : makeChange(session, change))
  await session.drop(stage)
}

/** What shapes the source, beside its bytes. */
function shapeOf(
  { text, sheet, types }: SaveOptions,
  formats: readonly Format[],
  { mode, key, policy }: SchemaPlan,
): string {
  const shape = [formats.map(({ name }) => name), text ?? null, types ?? null, mode, key]
  const more = [...(sheet === undefined ? [] : [sheet]), ...(policy === 'replace' ? [{ schema: policy }] : [])]
  return JSON.stringify([...shape, ...more])
}

/** The log tells of a change of the table's shape. */
function messageOf(given: string | undefined, { table, mode }: SchemaPlan, changed: string | undefined): string {
  if (given) return changed === undefined ? given : `${given}\n\nTable ${table}: ${changed}`
  const plain = `${mode === 'replace' ? 'save' : mode} ${table}`
  return changed === undefined ? plain : `${plain} (${changed})`
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

/** The key that the table is to have: the one that is given, else its own. @throws {UsageError} OPTION_INVALID */
function keyOf(given: SaveOptions['key'], schema: Schema | undefined): string[] {
  if (given === undefined) return schema?.key ?? []
  if (given === null) return []
  const key = typeof given === 'string' ? [given] : [...given]
  if (key.length === 0 || key.some((name) => name === '') || new Set(key).size !== key.length)
    throw new UsageError('OPTION_INVALID', `The key ${JSON.stringify(key)} is not a list of different column names.`, {
      data: { key },
    })
  return key
}

/** Who forgets the key should hear of it. */
function noteNoKey(action: Action, { columns }: StageResult, table: string): void {
  const names = columns.map((column) => column.name)
  action.notices.push({
    code: 'NO_KEY',
    message: `Table ${table} has no key: its rows are told apart by all their cells, so that a row that is edited is one removed and one added, and none can be upserted. If a column tells them apart, save again with --key, one of: ${names.join(', ')}. If it is meant: --no-key`,
  })
}

function refuseEmptying(staged: StageResult, table: string, plan: SchemaPlan, options: SaveOptions): void {
  if (staged.rows === 0 && plan.mode === 'replace' && plan.before && !options.allowEmpty)
    throw new RefusedError(
      'EMPTY_SOURCE',
      `The source has no rows, and replace would remove every row of table ${table}. If that is meant: --allow-empty`,
      { data: { table } },
    )
}

/** What is said of a change of the table's shape, in the commit's message and on the action. */
function noteSchema(action: Action, { table, before }: SchemaPlan, after: Schema): string | undefined {
  const changes = before ? schemaChanges(before, after) : []
  if (changes.length === 0) return undefined
  const words = [...changes.slice(0, LISTED), ...(changes.length > LISTED ? [`${changes.length - LISTED} more`] : [])]
  action.notices.push({
    code: 'SCHEMA_CHANGED',
    message: `Table ${table} has another schema now: ${changes.join('; ')}.`,
  })
  return words.join('; ')
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
