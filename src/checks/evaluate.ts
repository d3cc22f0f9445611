import type { Session } from '../engines/engine.ts'
import { DoltflowError } from '../errors.ts'
import { cellText } from '../model/cells.ts'
import type { Check, CheckFailure, CheckRule } from '../model/check.ts'
import type { Hash, Value } from '../types.ts'
import { cellReason, cellTest, isOneCellRule, type OneCellRule } from './cell-rules.ts'
import { isHeld, noteHeld } from './held.ts'
import { rowsAt, rowsSince, type CheckedRow } from './rows.ts'

/** So many rows are told. */
const TOLD = 10

/** Two states of a branch: what it holds, and what it is to hold. */
export interface BranchMove {
  /** undefined for a branch that is new: nothing is known of what it held. */
  from: Hash | undefined
  to: Hash
}

/** What a check finds wrong with what a branch is to hold; undefined if nothing is. */
export async function evaluate(session: Session, check: Check, move: BranchMove): Promise<CheckFailure | undefined> {
  try {
    return await evaluated(session, check, move)
  } catch (error) {
    if (!(error instanceof DoltflowError) || !['SQL_FAILED', 'TABLE_NOT_FOUND'].includes(error.code)) throw error
    return failure(check, `it can't be run: ${error.message.replace(/ See: .*$/s, '')}`)
  }
}

async function evaluated(session: Session, check: Check, { from, to }: BranchMove): Promise<CheckFailure | undefined> {
  const { rule, table } = check
  if (rule.kind === 'sql') return fromQuery(check, rowsAt(session, to, { sql: rule.sql }))
  const schema = await session.schema(to, table)
  if (rule.kind === 'rows') return rowsFailure(check, rule, schema ? await session.rowCount(to, table) : 0)
  if (rule.kind === 'max-changed' || rule.kind === 'max-removed')
    return shareFailure(session, check, rule, { from, to })
  // A table that is not there has no rows.
  if (!schema) return undefined
  const names = schema.columns.map(({ name }) => name)
  const missing = columnsOf(rule).find((name) => !names.includes(name))
  if (missing !== undefined) return failure(check, `there is no column ${missing}`)
  if (isOneCellRule(rule)) return cellFailure(session, check, rule, { from, to }, schema.key)
  return rule.kind === 'unique'
    ? uniqueFailure(session, check, rule, to, schema.key)
    : referenceFailure(session, check, rule, to, schema.key)
}

/** The tables that a check looks at. */
export function tablesOf({ table, rule }: Check): string[] {
  return rule.kind === 'references' ? [table, rule.table] : [table]
}

async function cellFailure(
  session: Session,
  check: Check,
  rule: OneCellRule,
  { from, to }: BranchMove,
  key: readonly string[],
): Promise<CheckFailure | undefined> {
  const { table } = check
  const test = cellTest(rule)
  const before = from === undefined ? undefined : await session.tableHash(from, table)
  const after = await session.tableHash(to, table)
  if (after !== undefined && isHeld(rule, table, after)) return undefined
  const held = before !== undefined && isHeld(rule, table, before)
  const looked = [...new Set([...key, rule.column])]
  const found = new Failures()
  for await (const row of held ? rowsSince(session, from!, to, table) : rowsAt(session, to, { table }, looked))
    if (!test(row[rule.column] ?? null)) found.add(row, looked)
  if (found.total > 0) return failure(check, cellReason(rule), found)
  if (after !== undefined) await noteHeld(rule, table, after)
  return undefined
}

async function uniqueFailure(
  session: Session,
  check: Check,
  { columns }: Extract<CheckRule, { kind: 'unique' }>,
  to: Hash,
  key: readonly string[],
): Promise<CheckFailure | undefined> {
  if (columns.length === key.length && columns.every((name) => key.includes(name))) return undefined
  const looked = [...new Set([...key, ...columns])]
  const seen = new Set<string>()
  const found = new Failures()
  for await (const row of rowsAt(session, to, { table: check.table }, looked)) {
    if (columns.some((name) => row[name] === null)) continue
    const text = JSON.stringify(columns.map((name) => cellText(row[name]!, 'any')))
    if (seen.has(text)) found.add(row, looked)
    else seen.add(text)
  }
  return found.total === 0 ? undefined : failure(check, `${columns.join(', ')} is there more than once`, found)
}

async function referenceFailure(
  session: Session,
  check: Check,
  { column, table: other, foreignColumn }: Extract<CheckRule, { kind: 'references' }>,
  to: Hash,
  key: readonly string[],
): Promise<CheckFailure | undefined> {
  const there = await session.schema(to, other)
  if (!there?.columns.some(({ name }) => name === foreignColumn))
    return failure(check, `there is no column ${foreignColumn} of ${other}`)
  const known = new Set<string | null>()
  for await (const row of rowsAt(session, to, { table: other }, [foreignColumn]))
    known.add(cellText(row[foreignColumn]!, 'any'))
  const looked = [...new Set([...key, column])]
  const found = new Failures()
  for await (const row of rowsAt(session, to, { table: check.table }, looked)) {
    const value = row[column]!
    if (value !== null && !known.has(cellText(value, 'any'))) found.add(row, looked)
  }
  return found.total === 0 ? undefined : failure(check, `${column} is not in ${other}.${foreignColumn}`, found)
}

function rowsFailure(
  check: Check,
  { min, max }: Extract<CheckRule, { kind: 'rows' }>,
  count: number,
): CheckFailure | undefined {
  if ((min === null || count >= min) && (max === null || count <= max)) return undefined
  return failure(check, `there are ${count} rows, not between ${min ?? '*'} and ${max ?? '*'}`)
}

async function shareFailure(
  session: Session,
  check: Check,
  { kind, percent }: Extract<CheckRule, { kind: 'max-changed' | 'max-removed' }>,
  { from, to }: BranchMove,
): Promise<CheckFailure | undefined> {
  const { table } = check
  const before = from === undefined || !(await session.schema(from, table)) ? 0 : await session.rowCount(from, table)
  if (from === undefined || before === 0) return undefined
  const { added, modified, removed } = (await session.schema(to, table))
    ? await session.countDiff(from, to, table)
    : { added: 0, modified: 0, removed: before }
  const count = kind === 'max-removed' ? removed : added + modified + removed
  if (count * 100 <= percent * before) return undefined
  const share = ((count * 100) / before).toFixed(1)
  const what = kind === 'max-removed' ? 'removed' : 'changed'
  return failure(check, `${count} of ${before} rows would be ${what} (${share} %), and at most ${percent} % may`)
}

async function fromQuery(check: Check, rows: AsyncIterable<CheckedRow>): Promise<CheckFailure | undefined> {
  const found = new Failures()
  for await (const row of rows) {
    found.add(row, Object.keys(row))
    // Who wrote the query knows how to count.
    if (found.rows.length === TOLD) break
  }
  return found.total === 0
    ? undefined
    : failure(check, 'the query gives rows', found, found.total === TOLD ? null : undefined)
}

function columnsOf(rule: CheckRule): string[] {
  if ('column' in rule) return [rule.column]
  return 'columns' in rule ? rule.columns : []
}

class Failures {
  total = 0
  readonly rows: Record<string, unknown>[] = []

  add(row: CheckedRow, columns: readonly string[]): void {
    this.total++
    if (this.rows.length < TOLD)
      this.rows.push(Object.fromEntries(columns.map((name) => [name, shown(row[name] ?? null)])))
  }
}

function shown(value: Value): Value {
  return value instanceof Uint8Array ? cellText(value, 'any') : value
}

function failure(
  { name, table, level }: Check,
  reason: string,
  { rows, total }: { rows: Record<string, unknown>[]; total: number | null } = { rows: [], total: null },
  known: number | null = total,
): CheckFailure {
  return { check: name, table, level, reason, total: known, rows }
}
