import { UsageError } from '../../errors.ts'
import type { CheckRule } from '../../model/check.ts'

/** What each kind needs: a text that is not empty, texts, values, a number or null. */
const NEEDS: { readonly [Kind in CheckRule['kind']]: Record<string, (value: unknown) => boolean> } = {
  'not-null': { column: isText },
  unique: { columns: isTexts },
  range: { column: isText, min: isOpenValue, max: isOpenValue },
  in: { column: isText, values: isValues },
  matches: { column: isText, pattern: isText },
  references: { column: isText, table: isText, foreignColumn: isText },
  rows: { min: isOpenCount, max: isOpenCount },
  'max-changed': { percent: isPercent },
  'max-removed': { percent: isPercent },
  sql: { sql: isText },
}

/** @throws {UsageError} OPTION_INVALID for a rule that is none, or that can't be kept here */
export function checkRule(rule: CheckRule, noQueries: string | undefined): void {
  const needs = Object.hasOwn(NEEDS, Object(rule).kind as string) ? NEEDS[rule.kind] : undefined
  if (!needs) throw invalid(`its kind must be one of ${Object.keys(NEEDS).join(', ')}`)
  const members = rule as unknown as Record<string, unknown>
  for (const [member, fits] of Object.entries(needs))
    if (!fits(members[member])) throw invalid(`${member} of ${rule.kind} is ${JSON.stringify(members[member])}`)
  const unknown = Object.keys(rule).find((member) => member !== 'kind' && !Object.hasOwn(needs, member))
  if (unknown !== undefined) throw invalid(`${rule.kind} has no ${unknown}. It has: ${Object.keys(needs).join(', ')}`)
  if (rule.kind === 'sql' && noQueries !== undefined) throw invalid(`queries can't be run here: ${noQueries}`)
  if (rule.kind === 'matches') requirePattern(rule.pattern)
}

function requirePattern(pattern: string): void {
  try {
    RegExp(pattern, 'u')
  } catch (cause) {
    throw invalid(`the pattern ${JSON.stringify(pattern)} is no regular expression: ${(cause as Error).message}`)
  }
}

function invalid(why: string): UsageError {
  return new UsageError('OPTION_INVALID', `This is no rule: ${why}.`, { data: { option: 'rule' } })
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isOpenValue(value: unknown): boolean {
  return value === null || isText(value) || Number.isFinite(value)
}

function isValues(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string' || Number.isFinite(one))
  )
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string')
}

function isOpenCount(value: unknown): boolean {
  return value === null || (Number.isSafeInteger(value) && (value as number) >= 0)
}

function isPercent(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value)
}
