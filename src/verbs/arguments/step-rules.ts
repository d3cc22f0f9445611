import type { TableOptions } from '../save/save-options.ts'
import type { ChangesOptions } from '../steps/changes.ts'
import type { EndStepOptions } from '../steps/held-steps.ts'
import type { StepFilter } from '../steps/list-steps.ts'
import type { StepInput, StepOptions } from '../steps/step-options.ts'
import {
  anything,
  by,
  callback,
  choice,
  count,
  flag,
  listOf,
  mapOf,
  name,
  object,
  signal,
  text,
  word,
  type Rule,
} from './rules.ts'
import { action, table } from './save-rules.ts'

const texts = listOf(text, 'a list of texts')
const changes: Rule = by((value) => (typeof value === 'boolean' ? flag : choice('before')))
const input = object<StepInput>({ table: word, at: word, columns: texts, changes })
const { id: _id, step: _step, ...own } = action

/** Names, or what each is. */
function named(rule: Rule): Rule {
  return by((value) =>
    Array.isArray(value) ? listOf(word, 'a list of names') : mapOf(rule, 'a list of names, or an object'),
  )
}

export const stepOptions: Rule = object<StepOptions>({
  ...own,
  inputs: named(input),
  files: texts,
  outputs: named(object<TableOptions>(table)),
  outFiles: texts,
  // What JSON makes of them is looked at where it is made.
  params: mapOf(anything, 'an object of values by name'),
  code: texts,
  force: flag,
  branch: word,
  message: text,
  command: listOf(text, 'a list of words'),
  signal,
  onProgress: callback,
})

export const endStepOptions: Rule = object<EndStepOptions>({
  outputs: mapOf(anything, 'an object of sources by table'),
  tables: mapOf(object<TableOptions>(table), 'options by table'),
  error: text,
})

export const stepFilter: Rule = object<StepFilter>({ step: name, run: name, execution: text, limit: count })

export const changesOptions: Rule = object<ChangesOptions>({
  since: word,
  at: word,
  branch: word,
  before: flag,
  onFull: callback,
  signal,
})
