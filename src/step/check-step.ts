import { UsageError } from '../errors.ts'
import { checkGiven } from '../verbs/arguments/check.ts'
import { be, by, callback, name, object, signal, text, word, type Rule } from '../verbs/arguments/rules.ts'
import type { TableStepOptions, TransactionOptions } from './table-step.ts'

const transaction: Rule = by((value) =>
  typeof value === 'object' && value !== null
    ? object<TransactionOptions>({ into: word })
    : be('true, false or { into }', (given) => typeof given === 'boolean'),
)

const id = be('a text that is not empty', (value) => typeof value === 'string' && value !== '')

const step = {
  rules: {
    database: by((value) => (typeof value === 'string' ? text : be('a URL, a name, or a handle', isNamed))),
    options: object<TableStepOptions>(
      { id, run: id, name, signal, heartbeat: callback, permanent: callback, cancelled: callback, transaction },
      ['id'],
    ),
    work: callback,
  },
  optional: [],
}

function isNamed(value: unknown): boolean {
  return typeof (Object(value) as { db?: unknown }).db === 'string'
}

/** Checks what `tableStep` is given: an id that is missing would be another step's. @throws {UsageError} OPTION_INVALID, USAGE */
export function checkStep(...given: readonly unknown[]): void {
  checkGiven('tableStep', step, given)
}

/** Checks what `useDatabases` is given: a URL of the environment that isn't set is the commonest fault. @throws {UsageError} USAGE */
export function checkDatabases(databases: Readonly<Record<string, string>>): void {
  const [lacking, value] = Object.entries(Object(databases) as object).find(([, url]) => typeof url !== 'string') ?? []
  if (lacking !== undefined)
    throw new UsageError('USAGE', `The database ${lacking} has no URL: it is ${String(value)}. Give it as text.`, {
      data: { argument: 'databases', value: lacking },
    })
}
