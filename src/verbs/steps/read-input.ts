import type { Context } from '../../context.ts'
import { UsageError } from '../../errors.ts'
import type { ConsumedTable } from '../../model/step.ts'
import { load } from '../load.ts'
import { rows } from '../rows.ts'
import { changedRows } from './changes.ts'
import type { StepOptions, StepWork } from './step-options.ts'

/** Loads a step's inputs into files, each at the commit that it is pinned to. */
export function inputLoader(
  context: Context,
  tables: readonly ConsumedTable[],
  { signal }: StepOptions,
): StepWork['load'] {
  return async (input, target, options = {}) => {
    const { table, commit, changes } = find(tables, input)
    if (changes === null) return load(context, table, target, { signal, ...options, at: commit })
    throw new UsageError('USAGE', `The input ${input} is rows that changed: read it by rows('${input}').`, {
      data: { input },
    })
  }
}

/** Reads a step's inputs row by row; of one with `changes` those that changed, and what became of each. */
export function inputRows(
  context: Context,
  tables: readonly ConsumedTable[],
  { signal }: StepOptions,
): StepWork['rows'] {
  return (input) => {
    const { table, commit, changes } = find(tables, input)
    return changes === null
      ? rows<'objects'>(context, table, { at: commit, signal })
      : changedRows(context, { table, commit, ...changes }, signal)
  }
}

function find(tables: readonly ConsumedTable[], input: string): ConsumedTable {
  const found = tables.find((one) => one.input === input)
  if (found) return found
  const names = tables.map((one) => one.input)
  throw new UsageError('USAGE', `The step has no input ${input}. It has: ${names.join(', ') || 'none'}.`, {
    data: { input, inputs: names },
  })
}
