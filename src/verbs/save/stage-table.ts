import { createHash } from 'node:crypto'
import type { Session, StageResult } from '../../engines/engine.ts'
import { RefusedError, UsageError } from '../../errors.ts'
import type { HashedFiles } from '../../files/hash-files.ts'
import { fillStage, formatsOf, openSource, type Source } from '../../files/source.ts'
import type { Format } from '../../formats/index.ts'
import { readRecords } from '../../history/records.ts'
import type { Action } from '../../model/action.ts'
import { listed } from '../../model/name-lists.ts'
import { slipOf } from '../../model/nearest.ts'
import { schemaChanges } from '../../model/schema-diff.ts'
import { shellWord } from '../../model/shell-word.ts'
import type { TableChange } from '../../publishing/change-plan.ts'
import { failpoint } from '../../system/failpoint.ts'
import type { Hash, Schema } from '../../types.ts'
import type { Placement } from './branch-plan.ts'
import { checkPlan, nextSchema, type SchemaPlan } from './next-schema.ts'
import type { SaveOptions } from './save-options.ts'

/** How many changes of a schema a commit's message tells. */
const LISTED = 5

/** One table on its way into a save. */
export interface TableSave {
  action: Action
  source: Source
  options: SaveOptions
  /** The files, hashed ahead, where they can be read twice; undefined where it was not worth while. */
  hashed: Promise<HashedFiles> | undefined
}

/** A source that was read, and what it is to change. */
export interface StagedSave extends TableChange {
  stage: number
  /** What was done, for the commit's message: `save orders`. */
  verb: string
  /** What becomes of the table's schema, in words. */
  schemaChange: string | undefined
}

/**
 * Reads a source and finds what it is to change of its table; undefined where these very bytes were saved before and
 * the table is still what they made: the action says so then.
 */
export async function stageSave(
  session: Session,
  save: TableSave,
  placement: Placement,
): Promise<StagedSave | undefined> {
  const { action, options, hashed } = save
  const table = action.table!
  action.branch = placement.target
  action.fromCommit = placement.base
  const before = await session.schema(placement.base, table)
  const plan: SchemaPlan = {
    table,
    before,
    key: keyOf(options, before),
    policy: options.schema ?? 'evolve',
    mode: options.mode ?? 'replace',
  }
  checkPlan(plan, options.types ?? {})
  const source = await openSource(save.source, options.signal)
  const formats = formatsOf(source, options)
  const shape = shapeOf(options, formats, plan)
  if (hashed && (await isSameSource(session, action, hashed, shape, placement))) return undefined
  const { text, sheet, signal } = options
  const preset = formats.find((format) => format.text)?.text
  const stage = await session.openStage({
    text: { ...preset, ...text },
    schema: plan.policy === 'replace' ? undefined : before,
    types: options.types ?? {},
    keyless: plan.key.length === 0,
  })
  const sha256 = await fillStage(session, stage, source, { formats, text, sheet, signal, hashed })
  failpoint('staged')
  const staged = await session.finishStage(stage)
  failpoint('stage-finished')
  action.sourceHash = sourceHash(sha256 ?? staged.sha256, shape)
  action.rows = staged.rows
  if (!before) await noteSimilar(session, placement.base, action, table)
  if (!before && options.key === undefined) noteNoKey(action, staged, table)
  const schema = nextSchema(plan, staged.columns)
  refuseEmptying(staged, table, plan, options)
  noteMixed(action, staged)
  return {
    action,
    change: { kind: 'stage', table, stage, mode: plan.mode, schema },
    pinned:
      plan.policy === 'replace' && before ? schema.columns.map(({ name }) => name) : Object.keys(options.types ?? {}),
    stage,
    verb: plan.mode === 'replace' ? 'save' : plan.mode,
    schemaChange: noteSchema(action, plan, schema),
  }
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

function sourceHash(sha256: string, shape: string): string {
  return createHash('sha256').update(`${sha256}\n${shape}`).digest('hex')
}

/** Whether the same bytes saved again can be told by a record of the first time. */
export function mayBeKnown({ mode, dryRun }: SaveOptions): boolean {
  return mode !== 'append' && !dryRun
}

/** Whether these very bytes were saved before and the table is still what they made: then nothing needs to be read further. */
async function isSameSource(
  session: Session,
  action: Action,
  hashed: Promise<HashedFiles>,
  shape: string,
  { base, target, create }: Placement,
): Promise<boolean> {
  if (create) return false
  const tableHash = await session.tableHash(base, action.table!)
  if (tableHash === undefined) return false
  if ((await session.head(target)) !== base) return false
  const { sha256 } = await hashed
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

/**
 * The key that the table is to have: the one that is given, else its own. The same columns in another order are the
 * same key, unless the table is to have another schema.
 * @throws {UsageError} OPTION_INVALID
 */
function keyOf({ key: given, schema: policy }: SaveOptions, schema: Schema | undefined): string[] {
  if (given === undefined) return schema?.key ?? []
  if (given === null) return []
  const key = typeof given === 'string' ? [given] : [...given]
  if (key.length === 0 || key.some((name) => name === '') || new Set(key).size !== key.length)
    throw new UsageError('OPTION_INVALID', `The key ${JSON.stringify(key)} is not a list of different column names.`, {
      data: { key },
    })
  return schema && policy !== 'replace' && isReordered(key, schema.key) ? schema.key : key
}

function isReordered(key: readonly string[], other: readonly string[]): boolean {
  return key.length === other.length && key.every((name) => other.includes(name))
}

/** A name that was mistyped makes a table of its own; the one that was meant stays as it is. */
async function noteSimilar(session: Session, base: Hash, action: Action, table: string): Promise<void> {
  const other = slipOf(table, await session.tables(base))
  if (other !== undefined)
    action.notices.push({
      code: 'NAME_SIMILAR',
      message: `Table ${table} is new, and there is a table ${other}. If you meant that one: doltflow drop ${shellWord(table)}, and save into ${other}.`,
    })
}

/** Who forgets the key should hear of it. */
function noteNoKey(action: Action, { columns }: StageResult, table: string): void {
  const names = columns.map((column) => column.name)
  action.notices.push({
    code: 'NO_KEY',
    message: `Table ${table} has no key: a row that is edited counts as one removed and one added, and none can be upserted. If a column has a value of its own in each row, save again with --key COLUMN (there are ${listed(names)}). If you want no key: --no-key`,
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
