import { cellText } from '../model/cells.ts'
import type { CheckRule } from '../model/check.ts'
import type { Value } from '../types.ts'

/** The rules that look at one cell, and so at changed rows alone. */
export type OneCellRule = Extract<CheckRule, { kind: 'not-null' | 'range' | 'in' | 'matches' }>

export function isOneCellRule(rule: CheckRule): rule is OneCellRule {
  return ['not-null', 'range', 'in', 'matches'].includes(rule.kind)
}

/** Whether a cell keeps a rule. */
export function cellTest(rule: OneCellRule): (value: Value) => boolean {
  switch (rule.kind) {
    case 'not-null':
      return (value) => value !== null
    case 'in': {
      const values = new Set(rule.values.map((one) => cellText(one, 'any')))
      return (value) => value === null || values.has(cellText(value, 'any')!)
    }
    case 'matches': {
      const pattern = new RegExp(rule.pattern, 'u')
      return (value) => value === null || pattern.test(cellText(value, 'any')!)
    }
    case 'range': {
      const { min, max } = rule
      return (value) =>
        value === null || ((min === null || !isBelow(value, min)) && (max === null || !isBelow(max, value)))
    }
  }
}

/** What is wrong with cells that don't keep a rule. */
export function cellReason(rule: OneCellRule): string {
  switch (rule.kind) {
    case 'not-null':
      return `${rule.column} is NULL`
    case 'in':
      return `${rule.column} is none of ${rule.values.join(', ')}`
    case 'matches':
      return `${rule.column} does not match ${rule.pattern}`
    case 'range':
      return `${rule.column} is not between ${rule.min ?? '*'} and ${rule.max ?? '*'}`
  }
}

/** Numbers are compared as such, whatever their text; what is no number is not below or above one, but outside of the range. */
function isBelow(a: Value, b: Value): boolean {
  const [left, right] = [numberOf(a), numberOf(b)]
  if (left !== undefined && right !== undefined) return left < right
  if (left !== undefined || right !== undefined) return true
  return cellText(a, 'any')! < cellText(b, 'any')!
}

function numberOf(value: Value): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (typeof value !== 'string' || value.trim() === '') return undefined
  if (/^-?\d+$/.test(value)) return BigInt(value)
  const number = Number(value)
  return Number.isNaN(number) ? undefined : number
}
