import { readChecks, requireCheck, writeCheck } from '../../checks/definitions.ts'
import { evaluate } from '../../checks/evaluate.ts'
import { at, withSession, withWritingSession, type Context } from '../../context.ts'
import type { Session } from '../../engines/engine.ts'
import { RefusedError } from '../../errors.ts'
import { call } from '../../model/advice.ts'
import { ruleText, type Check, type CheckFailure, type CheckLevel, type CheckRule } from '../../model/check.ts'
import { checkTableName } from '../../model/names.ts'
import { checkedAuthor } from '../../system/author.ts'
import type { Hash } from '../../types.ts'
import { checkRule } from './check-rule.ts'

/** Options of a new check. */
export interface CheckOptions {
  /** `error` refuses, `warn` is a notice on the action. Default: `error` */
  level?: CheckLevel | undefined
  /** `Name <email>`. Default: the opened database's */
  author?: string | undefined
}

/** Which checks are run, and on what. */
export interface CheckFilter {
  /** The commit that is looked at. Default: the head of the default branch */
  at?: string | undefined
  /** Only those of a table. Default: all */
  table?: string | undefined
  /** Only this one. Default: all */
  name?: string | undefined
}

/** A check, and what it found. */
export interface CheckResult {
  /** The check. */
  check: Check
  /** What is wrong; null if nothing is. */
  failure: CheckFailure | null
}

/**
 * Adds a check, which holds from now on for every branch; what is there is looked at, and told.
 * @throws {RefusedError} CHECK_EXISTS @throws {UsageError} OPTION_INVALID
 */
export async function addCheck(
  context: Context,
  table: string,
  name: string,
  rule: CheckRule,
  { level = 'error', author: given }: CheckOptions = {},
): Promise<CheckResult> {
  checkTableName(table)
  checkRule(rule, context.engine.capabilities.queries)
  const author = checkedAuthor(given ?? context.author)
  const check: Check = { name, table, rule, level, author, at: new Date().toISOString() }
  return withWritingSession(context, async (session) => {
    const known = (await readChecks(session)).find((one) => one.name === name)
    const isSame = known?.table === table && known.level === level && ruleText(known.rule) === ruleText(rule)
    if (known && !isSame)
      throw new RefusedError(
        'CHECK_EXISTS',
        `There is a check ${name} already: ${known.table} ${ruleText(known.rule)}. Choose another name, or remove that one: ${call('removeCheck', [name])}`,
        { data: { check: name, table: known.table, rule: known.rule } },
      )
    if (!known) await session.shield(() => writeCheck(session, check, 'added'))
    return run(session, context, known ?? check, undefined)
  })
}

/** Removes a check. @throws {NotFoundError} CHECK_NOT_FOUND */
export function removeCheck(context: Context, name: string): Promise<Check> {
  return withWritingSession(context, async (session) => {
    const check = requireCheck(await readChecks(session), name)
    const removed = { ...check, author: context.author, at: new Date().toISOString() }
    await session.shield(() => writeCheck(session, removed, 'removed'))
    return check
  })
}

/** The checks that hold, by name. */
export function listChecks(context: Context): Promise<Check[]> {
  return withSession(context, (session) => readChecks(session))
}

/** Looks at a commit with the checks; nothing is refused. @throws {NotFoundError} CHECK_NOT_FOUND, REF_NOT_FOUND */
export function runChecks(context: Context, { at: ref, table, name }: CheckFilter = {}): Promise<CheckResult[]> {
  return withSession(context, async (session) => {
    const all = name === undefined ? await readChecks(session) : [requireCheck(await readChecks(session), name)]
    const results: CheckResult[] = []
    for (const check of all)
      if (table === undefined || check.table === table) results.push(await run(session, context, check, ref))
    return results
  })
}

/** What the checks of some tables find in a commit, which was made from another. */
export async function checksOf(
  session: Session,
  tables: readonly string[],
  range: { from: Hash; to: Hash },
): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  for (const check of await readChecks(session))
    if (tables.includes(check.table)) results.push({ check, failure: (await evaluate(session, check, range)) ?? null })
  return results
}

async function run(session: Session, context: Context, check: Check, ref: string | undefined): Promise<CheckResult> {
  const to = await at(session, context, ref)
  return { check, failure: (await evaluate(session, check, { from: undefined, to })) ?? null }
}
