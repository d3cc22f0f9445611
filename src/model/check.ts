/** What a table's rows must hold. */
export type CheckRule =
  /** No NULL in a column. */
  | { kind: 'not-null'; column: string }
  /** No two rows with the same values; rows with a NULL among them don't count. */
  | { kind: 'unique'; columns: string[] }
  /** Each value lies between two, which count; null is open. NULLs don't count. */
  | { kind: 'range'; column: string; min: string | number | null; max: string | number | null }
  /** Each value is one of these. NULLs don't count. */
  | { kind: 'in'; column: string; values: (string | number)[] }
  /** A regular expression of JavaScript is found in each value's text. NULLs don't count. */
  | { kind: 'matches'; column: string; pattern: string }
  /** Each value is one of another table's column. NULLs don't count. */
  | { kind: 'references'; column: string; table: string; foreignColumn: string }
  /** How many rows there are; null is open. */
  | { kind: 'rows'; min: number | null; max: number | null }
  /** At most such a share of the rows may be added, modified or removed at once, in per cent. */
  | { kind: 'max-changed'; percent: number }
  /** At most such a share of the rows may be removed at once, in per cent. */
  | { kind: 'max-removed'; percent: number }
  /** A query that must give no rows. */
  | { kind: 'sql'; sql: string }

/** Whether a check refuses, or only says so. */
export type CheckLevel = 'error' | 'warn'

/** A rule that holds for a table on every branch. */
export interface Check {
  /** What it is called; one name for the whole database. */
  name: string
  /** The table. */
  table: string
  /** What its rows must hold. */
  rule: CheckRule
  /** `error` refuses, `warn` is a notice on the action. */
  level: CheckLevel
  /** Who added it. */
  author: string
  /** When: ISO 8601, UTC. */
  at: string
}

/** What a check found. */
export interface CheckFailure {
  /** The check's name. */
  check: string
  /** The table. */
  table: string
  /** Whether it refuses. */
  level: CheckLevel
  /** What is wrong, in words. */
  reason: string
  /** How many rows are; null if that isn't known. */
  total: number | null
  /** The first of them, by column: the key, and what was looked at. */
  rows: Record<string, unknown>[]
}

/** A rule as the command line takes it: `range price 0 *`. */
export function ruleText(rule: CheckRule): string {
  switch (rule.kind) {
    case 'not-null':
      return `not-null ${rule.column}`
    case 'unique':
      return `unique ${rule.columns.join(' ')}`
    case 'range':
      return `range ${rule.column} ${rule.min ?? '*'} ${rule.max ?? '*'}`
    case 'in':
      return `in ${rule.column} ${rule.values.join(' ')}`
    case 'matches':
      return `matches ${rule.column} ${rule.pattern}`
    case 'references':
      return `references ${rule.column} ${rule.table}.${rule.foreignColumn}`
    case 'rows':
      return `rows ${rule.min ?? '*'} ${rule.max ?? '*'}`
    case 'max-changed':
    case 'max-removed':
      return `${rule.kind} ${rule.percent}%`
    case 'sql':
      return `sql ${rule.sql}`
  }
}

/** One failure: which check of which table, why, and the first rows. */
export function failureText({ check, table, reason, total, rows }: CheckFailure): string {
  const count = total === null ? '' : ` in ${total} ${total === 1 ? 'row' : 'rows'}`
  const shown = rows.slice(0, 3).map((row) =>
    Object.entries(row)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(', '),
  )
  const more = rows.length > 3 || (total ?? 0) > 3 ? ', …' : ''
  return `The check ${check} of ${table} fails${count}: ${reason}${shown.length === 0 ? '' : ` (${shown.join('; ')}${more})`}`
}
