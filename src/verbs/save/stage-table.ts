import { createHash } from 'node:crypto'
import type { Session, StageResult } from '../../engines/engine.ts'
import { RefusedError, UsageError } from '../../errors.ts'
import type { HashedFiles } from '../../files/hash-files.ts'
import { fillStage, formatsOf, openSource, type Source } from '../../files/source.ts'
import type { Format } from '../../formats/index.ts'
import { readRecords } from '../../history/records.ts'
import { notice, type Finding, type Intent, type Notice, type Outcome } from '../../model/action.ts'
import { blank, call, option } from '../../model/advice.ts'
import { listed } from '../../model/name-lists.ts'
import { slipOf } from '../../model/nearest.ts'
import { schemaChanges } from '../../model/schema-diff.ts'
import type { TableChange } from '../../publishing/change-plan.ts'
import { either } from '../../spelling.ts'
import { failpoint } from '../../system/failpoint.ts'
import type { Hash, Schema } from '../../types.ts'
import type { Placement } from './branch-plan.ts'
import { checkPlan, missingColumns, nextSchema, type SchemaPlan } from './next-schema.ts'
import { textWithNulls } from './null-texts.ts'
import { renameColumns } from './rename-columns.ts'
import type { SaveOptions } from './save-options.ts'

/** How many changes of a schema a commit's message tells. */
const LISTED = 5

/** One table on its way into a save. */
export interface TableSave {
  intent: Intent
  source: Source
  options: SaveOptions
  /** The files, hashed ahead, if they can be read twice; undefined if it was not worth while. */
  hashed: Promise<HashedFiles> | undefined
  /** Whether it is files that can be read twice, and no pipe. */
  readableTwice: boolean
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
 * Reads a source and finds what it is to change of its table. If these very bytes were saved before, and the table is
 * still what they made, nothing is read, and there is no change.
 */
export async function stageSave(
  session: Session,
  save: TableSave,
  placement: Placement,
): Promise<StagedSave | Finding> {
  const { options, hashed } = save
  const table = save.intent.table!
  const stored = await session.schema(placement.base, table)
  const { before, renames } = renameColumns(table, stored, options)
  const plan: SchemaPlan = {
    table,
    before,
    key: keyOf(options, before),
    policy: options.schema ?? 'evolve',
    mode: options.mode ?? 'replace',
    pinned: Object.keys(options.types ?? {}),
  }
  checkPlan(plan, options.types ?? {})
  const source = await openSource(save.source, options.signal)
  const formats = formatsOf(source, options)
  const text = await textWithNulls(session, table, options.text, before && placement.base)
  const nulls = text?.nulls ?? []
  const intent = nulls.length === 0 ? save.intent : { ...save.intent, parameters: { nulls } }
  const shape = shapeOf({ ...options, text }, formats, plan)
  const known = hashed && (await savedBefore(session, table, hashed, shape, placement))
  if (known) return { intent, found: known }
  const { sheet, declared, signal, inProcess } = options
  const preset = formats.find((format) => format.text)?.text
  const stage = await session.openStage({
    text: { ...preset, ...text },
    schema: plan.policy === 'replace' ? undefined : before,
    types: options.types ?? {},
    rowsStay: plan.mode !== 'replace',
    keyless: plan.key.length === 0,
  })
  const sha256 = await fillStage(session, stage, source, { formats, text, sheet, declared, signal, inProcess, hashed })
  failpoint('staged')
  const staged = await session.finishStage(stage)
  failpoint('stage-finished')
  const schema = nextSchema(plan, staged.columns)
  refuseEmptying(staged, table, plan, options)
  const changes = before ? [...renames, ...schemaChanges(before, schema)] : []
  const notices = [
    ...(before ? [] : await similarNotices(session, placement.base, table)),
    ...(!before && options.key === undefined ? [noKeyNotice(staged, table)] : []),
    ...mixedNotices(staged),
    ...(before && plan.mode === 'upsert' ? columnsKeptNotices(missingColumns(before, staged.columns)) : []),
    ...(changes.length === 0 ? [] : [schemaNotice(table, changes)]),
  ]
  return {
    intent,
    found: {
      fromCommit: placement.base,
      sourceHash: sourceHash(sha256 ?? staged.sha256, shape),
      rows: staged.rows,
      notices,
    },
    change: { kind: 'stage', table, stage, mode: plan.mode, schema },
    reshapes: JSON.stringify(stored) !== JSON.stringify(schema),
    pinned:
      plan.policy === 'replace' && before ? schema.columns.map(({ name }) => name) : Object.keys(options.types ?? {}),
    stage,
    verb: plan.mode === 'replace' ? 'save' : plan.mode,
    schemaChange: changes.length === 0 ? undefined : inWords(changes),
  }
}

/** What shapes the source, beside its bytes. */
function shapeOf(
  { text, sheet, types, declared }: SaveOptions,
  formats: readonly Format[],
  { mode, key, policy }: SchemaPlan,
): string {
  const shape = [formats.map(({ name }) => name), text ?? null, types ?? null, mode, key]
  const more = [
    ...(sheet === undefined ? [] : [sheet]),
    ...(policy === 'replace' ? [{ schema: policy }] : []),
    ...(declared === undefined ? [] : [{ declared }]),
  ]
  return JSON.stringify([...shape, ...more])
}

function sourceHash(sha256: string, shape: string): string {
  return createHash('sha256').update(`${sha256}\n${shape}`).digest('hex')
}

/** Whether the same bytes saved again can be told by a record of the first time. */
export function mayBeKnown({ mode, dryRun }: SaveOptions): boolean {
  return mode !== 'append' && !dryRun
}

/** What a save says whose bytes were saved before, if the table is still what they made; undefined if it must be read. */
async function savedBefore(
  session: Session,
  table: string,
  hashed: Promise<HashedFiles>,
  shape: string,
  { base, target, create }: Placement,
): Promise<Outcome | undefined> {
  if (create) return undefined
  const tableHash = await session.tableHash(base, table)
  if (tableHash === undefined) return undefined
  if ((await session.head(target)) !== base) return undefined
  const { sha256 } = await hashed
  if (sha256 === undefined) return undefined
  const hash = sourceHash(sha256, shape)
  const [same] = await readRecords(session, { table, sourceHash: hash, tableHash }, { newestFirst: true, limit: 1 })
  if (!same || same.merged) return undefined
  const commits = { fromCommit: base, fileCommit: base, toCommit: base }
  return { ...commits, sourceHash: hash, rows: same.rows, tableHash, added: 0, modified: 0, removed: 0 }
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
async function similarNotices(session: Session, base: Hash, table: string): Promise<Notice[]> {
  const other = slipOf(table, await session.tables(base))
  if (other === undefined) return []
  const advice = `If you meant that one: ${call('drop', [table])}, and save into ${other}.`
  return [notice('NAME_SIMILAR', `Table ${table} is new, and there is a table ${other}. ${advice}`)]
}

/** Who forgets the key should hear of it. */
function noKeyNotice({ columns }: StageResult, table: string): Notice {
  const names = columns.map((column) => column.name)
  return notice(
    'NO_KEY',
    `Table ${table} has no key: a row that is edited counts as one removed and one added, and none can be upserted. If a column has a value of its own in each row, save again with ${option('key', blank('COLUMN'))} (there are ${listed(names)}). If you want no key: ${either('key: null', '--no-key', 'key=None')}`,
  )
}

function refuseEmptying(staged: StageResult, table: string, plan: SchemaPlan, options: SaveOptions): void {
  if (staged.rows === 0 && plan.mode === 'replace' && plan.before && !options.allowEmpty)
    throw new RefusedError(
      'EMPTY_SOURCE',
      `The source has no rows, and replace would remove every row of table ${table}. If that is meant: ${option('allowEmpty', true)}`,
      { data: { table } },
    )
}

function nullText(text: string): string {
  const quoted = JSON.stringify(text)
  return either(`text: { nulls: [${quoted}] }`, `--null ${quoted}`, `text={'nulls': [${quoted}]}`)
}

/** What a commit's message says of changes of a table's shape. */
function inWords(changes: readonly string[]): string {
  return [...changes.slice(0, LISTED), ...(changes.length > LISTED ? [`${changes.length - LISTED} more`] : [])].join(
    '; ',
  )
}

/** A column that was forgotten looks the same as one that is to stay. */
function columnsKeptNotices(missing: readonly string[]): Notice[] {
  if (missing.length === 0) return []
  const message = `The source lacks ${listed(missing)}: rows that were there keep what they have, new rows have no value.`
  return [{ code: 'COLUMNS_KEPT', message }]
}

function schemaNotice(table: string, changes: readonly string[]): Notice {
  return { code: 'SCHEMA_CHANGED', message: `Table ${table} has another schema now: ${changes.join('; ')}.` }
}

function mixedNotices({ notes }: StageResult): Notice[] {
  return notes.map(({ column, numbers, texts, sample, line }) => {
    const isNumeric = Number.isFinite(Number(sample)) && sample.trim() !== ''
    return notice(
      'COLUMN_MIXED',
      `Column ${column} has ${numbers} numbers and ${texts} ${texts === 1 ? 'cell' : 'cells'} kept as text, such as ${JSON.stringify(sample)} on line ${line}. ` +
        (isNumeric
          ? `It would not come back as it is written from a number of this column. If the column is text, or has another scale, say so at its first save: ${option('types', { [column]: 'text' })}, ${option('types', { [column]: 'decimal(N)' })}.`
          : `If that means "no value", save with ${nullText(sample)}; if the column is text, with ${option('types', { [column]: 'text' })} at its first save.`),
    )
  })
}
