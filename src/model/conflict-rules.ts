import { UsageError } from '../errors.ts'
import type { ConflictPolicy, ConflictRule, ConflictRules } from '../types.ts'

/* Which rule decides a cell that both sides of a merge changed. */

/** Rules that a word on the command line names. */
export const RULES: readonly ConflictRule[] = ['fail', 'ours', 'theirs', 'base', 'newest', 'sum']

/** What a policy says of the cells of a table. */
export interface DecidingRules {
  /** The rule that names a column; none of `newest`. */
  cell(column: string): Exclude<ConflictRule, 'newest'> | undefined
  /** The column whose later value decides the row, if there is one. */
  newest: string | undefined
  /** What decides all else. */
  rest: Exclude<ConflictRule, 'newest'> | undefined
}

/** Rules of one table by column, `*` for all others. */
export type ColumnRules = Readonly<Record<string, ConflictRule>>

/** Rules that a table keeps. */
export interface TableRules {
  /** The table. */
  table: string
  /** What decides its conflicts, by column. */
  rules: ColumnRules
  /** Who set them. */
  author: string
  /** When: ISO 8601, UTC. */
  at: string
}

/** A table or a column that a policy names. */
export interface NamedRule {
  /** undefined: any table. */
  table: string | undefined
  column: string
  rule: ConflictRule
}

/** Every rule of a policy, those of single tables first. */
export function namedRules(policy: ConflictPolicy): NamedRule[] {
  if (typeof policy === 'string') return [{ table: undefined, column: '*', rule: policy }]
  const all = Object.entries(policy).flatMap(([name, rule]): NamedRule[] =>
    typeof rule === 'string'
      ? [{ table: undefined, column: name, rule }]
      : Object.entries(rule).map(([column, one]) => ({ table: name, column, rule: one })),
  )
  return all.toSorted((a, b) => Number(a.table === undefined) - Number(b.table === undefined))
}

/** What a policy says of a table's cells. What names the table comes before what names none. */
export function rulesOf(policy: ConflictPolicy, table: string): DecidingRules {
  const rules = namedRules(policy).filter((one) => one.table === undefined || one.table === table)
  const find = (column: string): NamedRule | undefined => rules.find((one) => one.column === column)
  const isNewest = ({ rule, column }: NamedRule): boolean => rule === 'newest' && find(column)!.rule === 'newest'
  const plain = (rule: ConflictRule | undefined): Exclude<ConflictRule, 'newest'> | undefined =>
    rule === 'newest' ? undefined : rule
  return {
    cell: (column) => (column === '*' ? undefined : plain(find(column)?.rule)),
    newest: rules.find(isNewest)?.column,
    rest: plain(find('*')?.rule),
  }
}

/** @throws {UsageError} OPTION_INVALID for rules that contradict each other, or say nothing */
export function checkRules(policy: ConflictPolicy): void {
  const rules = namedRules(policy)
  if (rules.length === 0) throw invalid('they are empty')
  const star = rules.find(({ column, rule }) => column === '*' && (rule === 'newest' || rule === 'sum'))
  if (star) throw invalid(`${star.rule} needs a column, and * names none`)
  for (const one of rules.filter(({ rule }) => rule === 'newest')) {
    const other = rules.find(({ table, column, rule }) => {
      return rule === 'newest' && table === one.table && column !== one.column
    })
    if (other) throw invalid(`both ${one.column} and ${other.column} are newest, and one column decides a row`)
  }
}

/** Rules as a command takes them: `price=theirs,orders.count=sum`. */
export function rulesText(policy: ConflictPolicy): string {
  if (typeof policy === 'string') return policy
  return namedRules(policy)
    .map(({ table, column, rule }) => `${table === undefined ? '' : `${table}.`}${column}=${rule}`)
    .join(',')
}

/**
 * The policy that a text names: a word, `price=theirs,orders.count=sum,*=ours`, or JSON.
 * @throws {UsageError} OPTION_INVALID
 */
export function parsePolicy(text: string): ConflictPolicy {
  if (text === 'fail' || text === 'ours' || text === 'theirs') return text
  const policy = text.trimStart().startsWith('{') ? fromJson(text) : fromWords(text)
  checkRules(policy)
  return policy
}

function fromWords(text: string): ConflictRules {
  const rules = Object.create(null) as Record<string, ConflictRule | Record<string, ConflictRule>>
  for (const part of text.split(',')) {
    const [, table, column, rule] = /^(?:([^.=]+)\.)?([^=]+)=([^=]*)$/s.exec(part.trim()) ?? []
    if (column === undefined)
      throw invalid(`${JSON.stringify(part)} is neither fail, ours, theirs nor [TABLE.]COLUMN=RULE`)
    const known = asRule(rule!, part)
    const own =
      table === undefined
        ? rules
        : ((rules[table] ??= Object.create(null) as Record<string, ConflictRule>) as Record<string, ConflictRule>)
    if (typeof own !== 'object' || Object.hasOwn(own, column)) throw invalid(`they name ${part.split('=')[0]} twice`)
    own[column] = known
  }
  return rules
}

function fromJson(text: string): ConflictRules {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch (cause) {
    throw invalid(`they are no JSON: ${(cause as Error).message}`)
  }
  if (!isRules(given)) throw invalid(`their values must be ${RULES.join(', ')}, or an object of such under a table`)
  return given
}

/** Whether a value is rules by column, or by table and column. */
export function isRules(value: unknown): value is ConflictRules {
  const isRule = (one: unknown): boolean => RULES.includes(one as ConflictRule)
  const isObject = (one: unknown): one is object => Object.prototype.toString.call(one) === '[object Object]'
  return (
    isObject(value) &&
    Object.values(value).every((one) => isRule(one) || (isObject(one) && Object.values(one).every(isRule)))
  )
}

function asRule(text: string, part: string): ConflictRule {
  const rule = RULES.find((one) => one === text)
  if (rule) return rule
  throw invalid(`the rule of ${JSON.stringify(part)} must be one of ${RULES.join(', ')}`)
}

function invalid(why: string): UsageError {
  return new UsageError('OPTION_INVALID', `These are no rules for conflicts: ${why}.`, {
    data: { option: 'onConflict' },
  })
}
