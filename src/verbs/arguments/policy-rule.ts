import { checkRules, isRules, RULES } from '../../model/conflict-rules.ts'
import type { ConflictPolicy } from '../../types.ts'
import { be, choice, mapOf, type Rule } from './rules.ts'

/** What decides conflicts. */
export const policy: Rule = (value, path) => {
  const fault = be(
    `fail, ours, theirs, or an object of rules by column: ${RULES.join(', ')}`,
    (one) => one === 'fail' || one === 'ours' || one === 'theirs' || isRules(one),
  )(value, path)
  if (!fault) checkRules(value as ConflictPolicy)
  return fault
}

/** Rules that a table keeps. */
export const columnRules: Rule = mapOf(choice(...RULES), 'an object of rules by column, or null')
