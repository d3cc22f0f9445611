import type { CheckFilter, CheckOptions } from '../checks/checks.ts'
import { be, choice, mapOf, anything, name, object, text, word, type Rule } from './rules.ts'

// What each kind needs is looked at where the rule is read.
export const checkRule: Rule = mapOf(anything, "an object such as { kind: 'not-null', column: 'price' }")
export const checkOptions: Rule = object<CheckOptions>({ level: choice('error', 'warn'), author: text })
export const checkFilter: Rule = object<CheckFilter>({ at: word, table: word, name })
export const ownCheck: Rule = be(
  'a query, or a function',
  (value) => (typeof value === 'string' && value !== '') || typeof value === 'function',
)
