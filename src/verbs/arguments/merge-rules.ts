import type { ConflictDecision } from '../../types.ts'
import type { ConflictsOptions } from '../conflicts/conflicts.ts'
import type { MergeOptions } from '../merge.ts'
import { policy } from './policy-rule.ts'
import { be, by, flag, listOf, mapOf, name, object, oneOrMore, orNull, text, word, type Rule } from './rules.ts'
import { action } from './save-rules.ts'

const cell = be(
  'a text, number, bigint, bytes, null, or an object of such by column',
  (value) =>
    value === null ||
    ['string', 'number', 'bigint'].includes(typeof value) ||
    value instanceof Uint8Array ||
    Object.prototype.toString.call(value) === '[object Object]',
)
const decision = object<ConflictDecision>(
  {
    table: word,
    key: mapOf(cell, "an object of the key's cells by column"),
    column: orNull(word),
    base: cell,
    ours: cell,
    theirs: cell,
    // What is none is told with its row.
    decision: orNull(word),
    value: cell,
  },
  ['table', 'key'],
)
const resolve: Rule = by((value) =>
  typeof value === 'string' ? text : listOf(decision, 'a file, or a list of decisions'),
)

export const mergeOptions: Rule = object<MergeOptions>({
  ...action,
  into: word,
  onConflict: policy,
  resolve,
  noFastForward: flag,
  message: text,
  override: oneOrMore(name, "a check's name, or a list of such"),
  reason: text,
})

export const conflictsOptions: Rule = object<ConflictsOptions>({ into: word, onConflict: policy })
