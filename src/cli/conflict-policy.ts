import { parsePolicy } from '../model/conflict-rules.ts'
import type { ConflictPolicy } from '../types.ts'

/** What `--on-conflict` says; undefined if it was not given. @throws {UsageError} OPTION_INVALID */
export function policyOf(values: { 'on-conflict'?: string }): ConflictPolicy | undefined {
  const chosen = values['on-conflict']
  return chosen === undefined ? undefined : parsePolicy(chosen)
}
