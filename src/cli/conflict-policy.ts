import { UsageError } from '../errors.ts'
import { parsePolicy } from '../model/conflict-rules.ts'
import type { ConflictPolicy } from '../types.ts'
import { didYouMean } from './suggest.ts'

const WORDS = ['fail', 'ours', 'theirs']

/** What `--on-conflict` says; undefined if it was not given. @throws {UsageError} OPTION_INVALID */
export function policyOf(values: { 'on-conflict'?: string }): ConflictPolicy | undefined {
  const value = values['on-conflict']
  if (value === undefined) return undefined
  if (/[={]/.test(value) || WORDS.includes(value)) return parsePolicy(value)
  throw new UsageError(
    'OPTION_INVALID',
    `--on-conflict is ${WORDS.join(', ')}, or a rule for each column, such as price=theirs,count=sum, not ${JSON.stringify(value)}.${didYouMean(value, WORDS)}`,
    { data: { option: 'on-conflict', value, choices: WORDS } },
  )
}
