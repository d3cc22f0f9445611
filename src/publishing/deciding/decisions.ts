import type { Session } from '../../engines/engine.ts'
import { DoltflowError, SourceError } from '../../errors.ts'
import { call } from '../../model/advice.ts'
import { cellText } from '../../model/cells.ts'
import { keyCellsText } from '../../model/key-text.ts'
import { listed } from '../../model/name-lists.ts'
import type { ColumnType, ConflictDecision, DecisionWord, Hash, Value } from '../../types.ts'
import type { RowConflict } from './row-conflict.ts'

/** A decision, and where a file has it; there the key may be a text, and the word be wrong. */
export interface GivenDecision extends Omit<ConflictDecision, 'key' | 'decision'> {
  key: Record<string, Value> | string
  decision?: string | null | undefined
  path?: string
  /** From 1. */
  line?: number
}

/** A decision that was looked at. */
export interface OwnDecision {
  word: DecisionWord
  /** With `value`: cells by column, as texts. */
  cells?: Map<string, Value>
}

const WORDS: readonly string[] = ['ours', 'theirs', 'base', 'value'] satisfies DecisionWord[]

/** What people decided of a merge's conflicts. */
export class Decisions {
  readonly #byRow = new Map<string, GivenDecision[]>()
  readonly #unused = new Set<GivenDecision>()

  private constructor() {}

  /**
   * Looks whether their tables and keys are there.
   * @throws {SourceError} DECISION_INVALID
   */
  static async of(
    session: Session,
    given: readonly GivenDecision[],
    { ours, theirs }: { ours: Hash; theirs: Hash },
  ): Promise<Decisions> {
    const decisions = new Decisions()
    const keyTexts = new Map<string, (key: GivenDecision['key'], one: GivenDecision) => string>()
    for (const one of given) {
      const textOf = keyTexts.get(one.table) ?? (await keyReader(session, one, ours, theirs))
      keyTexts.set(one.table, textOf)
      const id = rowId(one.table, textOf(one.key, one))
      const known = decisions.#byRow.get(id) ?? []
      const twin = known.find(({ column }) => (column ?? null) === (one.column ?? null))
      if (twin)
        throw invalid(
          one,
          'key',
          `there is a decision of it already${twin.line === undefined ? '' : ` on line ${twin.line}`}. Leave one out`,
        )
      decisions.#byRow.set(id, [...known, one])
      decisions.#unused.add(one)
    }
    return decisions
  }

  /** The decision of a row, which one side deleted. @throws {SourceError} DECISION_INVALID @throws {DoltflowError} DECISION_STALE */
  row(conflict: RowConflict): OwnDecision | undefined {
    const all = this.#byRow.get(rowId(conflict.table, conflict.keyText)) ?? []
    const withColumn = all.find(({ column }) => (column ?? null) !== null)
    if (withColumn)
      throw invalid(
        withColumn,
        'column',
        'one side deleted the row, and so it is decided as a whole. Leave the column out',
      )
    const [one] = all
    if (!one) return undefined
    this.#unused.delete(one)
    const word = wordOf(one)
    if (word === undefined) return undefined
    requireSeen(one, conflict, undefined)
    return word === 'value' ? { word, cells: rowCells(one, conflict) } : { word }
  }

  /** The decision of a cell: its own, else that of its row. @throws as `row` */
  cell(conflict: RowConflict, place: number): OwnDecision | undefined {
    const all = this.#byRow.get(rowId(conflict.table, conflict.keyText)) ?? []
    const name = conflict.names[place]!
    for (const one of all) if (this.#unused.delete(one)) requireColumn(one, conflict)
    for (const one of [
      all.find(({ column }) => column === name),
      all.find(({ column }) => (column ?? null) === null),
    ]) {
      const word = one && wordOf(one)
      if (!one || word === undefined) continue
      if (word === 'base' && !conflict.base)
        throw invalid(one, 'decision', 'both sides added the row, so it has no base. Write ours, theirs or value')
      requireSeen(one, conflict, typeof one.column === 'string' ? place : undefined)
      if (word !== 'value') return { word }
      if (typeof one.column === 'string')
        return { word, cells: new Map([[name, ownText(one, conflict.types[place]!)]]) }
      const cells = rowCells(one, conflict)
      if (cells.has(name)) return { word, cells }
    }
    return undefined
  }

  /** @throws {DoltflowError} DECISION_STALE if one is of a row that is in no conflict */
  requireUsed(): void {
    const [one] = this.#unused
    if (one) throw stale(one, 'key', 'the row is in no conflict')
  }
}

function rowId(table: string, keyText: string): string {
  return JSON.stringify([table, keyText])
}

/** Reads keys of a table. */
async function keyReader(
  session: Session,
  one: GivenDecision,
  ours: Hash,
  theirs: Hash,
): Promise<(key: GivenDecision['key'], one: GivenDecision) => string> {
  const { table } = one
  const schema = (await session.schema(ours, table)) ?? (await session.schema(theirs, table))
  if (!schema) {
    const tables = (await session.tables(ours)).filter((name) => !name.startsWith('_doltflow'))
    throw invalid(one, 'table', `there is no table ${JSON.stringify(table)}. There are: ${listed(tables)}`)
  }
  return (key, given) => {
    if (typeof key === 'string') return key
    const names = Object.keys(key)
    if (names.length === schema.key.length && schema.key.every((name) => names.includes(name)))
      return keyCellsText(key, schema)
    throw invalid(given, 'key', `the key of table ${table} is ${listed(schema.key)}, and not ${listed(names)}`)
  }
}

function requireColumn(one: GivenDecision, { table, names, places }: RowConflict): void {
  const column = one.column ?? null
  if (column === null) return
  const place = names.indexOf(column)
  if (place === -1)
    throw invalid(one, 'column', `table ${table} has no column ${JSON.stringify(column)}. It has: ${listed(names)}`)
  if (!places.includes(place)) throw stale(one, 'column', `the cell ${column} is in no conflict`)
}

function wordOf(one: GivenDecision): DecisionWord | undefined {
  const { decision, value } = one
  const has = value !== undefined && value !== null
  if (decision === undefined || decision === null || decision === '') return has && value !== '' ? 'value' : undefined
  if (!WORDS.includes(decision))
    throw invalid(
      one,
      'decision',
      `${JSON.stringify(decision)} is no decision. Write ours, theirs, base or value; a value of your own stands in the column value`,
    )
  if (has && value !== '' && decision !== 'value')
    throw invalid(one, 'decision', `it has both the decision ${decision} and a value. Leave one out`)
  return decision as DecisionWord
}

function ownText({ value }: GivenDecision, type: ColumnType): Value {
  return value === null || value === undefined ? null : (cellText(value as Value, type) ?? null)
}

/** A row's cells by column, as an object or JSON has them. */
function rowCells(one: GivenDecision, { names, types, key }: RowConflict): Map<string, Value> {
  const given = typeof one.value === 'string' ? asJson(one.value) : one.value
  if (typeof given !== 'object' || given === null || Array.isArray(given) || given instanceof Uint8Array)
    throw invalid(one, 'value', 'a value of a whole row is an object of its cells by column, such as {"price":"12.50"}')
  const cells = new Map<string, Value>()
  for (const [name, value] of Object.entries(given)) {
    const place = names.indexOf(name)
    if (place === -1)
      throw invalid(one, 'value', `there is no column ${JSON.stringify(name)}. There are: ${listed(names)}`)
    if (key.includes(name)) throw invalid(one, 'value', `${name} is of the key, which stays as it is`)
    const isCell =
      value === null || ['string', 'number', 'bigint'].includes(typeof value) || value instanceof Uint8Array
    if (!isCell) throw invalid(one, 'value', `the cell ${name} is neither text, a number nor null`)
    cells.set(name, cellText(value, types[place]!))
  }
  return cells
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** What a person saw must be what is there: else the decision would be of something else. */
function requireSeen(one: GivenDecision, conflict: RowConflict, place: number | undefined): void {
  for (const side of ['base', 'ours', 'theirs'] as const) {
    const seen = one[side]
    if (seen === undefined) continue
    const now =
      place === undefined ? rowText(conflict, side) : cellText(conflict[side]?.[place], conflict.types[place]!)
    const then = place === undefined ? seenRow(seen, conflict) : cellText(seen as Value, conflict.types[place]!)
    // A spreadsheet writes an empty text and nothing alike.
    if ((now ?? '') !== (then ?? '')) throw stale(one, side, `${side} was ${quote(then)}, and is ${quote(now)}`)
  }
}

function quote(text: string | null): string {
  return text === null ? 'nothing' : JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}

/** A side's row as JSON, its cells as texts; null if it is not there. */
function rowText(conflict: RowConflict, side: 'base' | 'ours' | 'theirs'): string | null {
  const cells = conflict[side]
  const { names, types } = conflict
  return cells && JSON.stringify(Object.fromEntries(names.map((name, at) => [name, cellText(cells[at], types[at]!)])))
}

function seenRow(seen: NonNullable<GivenDecision['base']> | null, { names, types }: RowConflict): string | null {
  const row = typeof seen === 'string' ? asJson(seen) : seen
  if (seen === null || seen === '') return null
  if (typeof row !== 'object' || row === null) return String(row)
  const cells = row as Record<string, Value>
  return JSON.stringify(Object.fromEntries(names.map((name, at) => [name, cellText(cells[name], types[at]!)])))
}

function placeOf(one: GivenDecision, column: string): { words: string; data: Record<string, unknown> } {
  const { path, line } = one
  const key = typeof one.key === 'string' ? one.key : JSON.stringify(Object.values(one.key).map(String))
  const cell = typeof one.column === 'string' ? `, column ${one.column}` : ''
  const words =
    line === undefined
      ? `The decision of ${one.table} ${key}${cell}`
      : `${path === undefined ? '' : `${path}: `}Line ${line}, column ${column} (${one.table} ${key}${cell})`
  const data = { table: one.table, key: one.key, column, ...(line === undefined ? {} : { line, path }) }
  return { words, data }
}

/** An error of a decision that can't be one. */
function invalid(one: GivenDecision, column: string, why: string): SourceError {
  const { words, data } = placeOf(one, column)
  return new SourceError('DECISION_INVALID', `${words}: ${why}.`, { data })
}

function stale(one: GivenDecision, column: string, why: string): DoltflowError {
  const { words, data } = placeOf(one, column)
  return new SourceError(
    'DECISION_STALE',
    `${words}: ${why}. Nothing was merged. The branches may have moved: list the conflicts again (${call('conflicts')}), or leave the line out.`,
    { data },
  )
}
