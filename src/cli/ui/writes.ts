import type { Database } from '../../database.ts'
import { UsageError } from '../../errors.ts'
import type { Action } from '../../model/action.ts'
import type { ConflictDecision, DecisionWord, Value } from '../../types.ts'
import { revived } from '../serve/protocol.ts'

/** Does what the page was told to do. Names and words are checked where the library checks them. */
export type Write = (db: Database, given: Readonly<Record<string, unknown>>) => Promise<object>

/** What the page may do with `--write`: `POST /api/NAME`, with a JSON object. */
export const writes: Readonly<Record<string, Write>> = {
  merge: async (db, given) => {
    const decisions = given['decisions'] as Decided[] | undefined
    if (decisions !== undefined && !Array.isArray(decisions)) throw wrong('decisions', 'a list')
    return told(
      await db.merge(text(given, 'branch'), {
        into: optional(given, 'into'),
        ...(decisions && { resolve: decisions.map(decision) }),
      }),
    )
  },

  restore: async (db, given) =>
    told(await db.restore(text(given, 'table'), text(given, 'at'), { branch: optional(given, 'branch') })),

  tag: (db, given) => db.createTag(text(given, 'name'), text(given, 'ref')),
}

/** A decision as the page sends it: of the row by its key's cells and names. */
interface Decided {
  table: string
  names: string[]
  key: string
  column: string | null
  decision: DecisionWord
}

function decision(given: Decided): ConflictDecision {
  const { table, names, key, column, decision: word } = Object(given) as Decided
  try {
    const cells = JSON.parse(key, revived) as Value[]
    return { table, key: Object.fromEntries(names.map((name, at) => [name, cells[at]!])), column, decision: word }
  } catch {
    throw wrong('decisions', 'a list of { table, names, key, column, decision }')
  }
}

function told({ kind, table, branch, changed, toCommit, notices }: Action): object {
  return { kind, table, branch, changed, toCommit, notices }
}

function text(given: Readonly<Record<string, unknown>>, name: string): string {
  const value = given[name]
  if (typeof value === 'string' && value !== '') return value
  throw wrong(name, 'a text')
}

function optional(given: Readonly<Record<string, unknown>>, name: string): string | undefined {
  return given[name] === undefined ? undefined : text(given, name)
}

function wrong(name: string, what: string): UsageError {
  return new UsageError('OPTION_INVALID', `${name} is ${what}.`, { data: { option: name } })
}
