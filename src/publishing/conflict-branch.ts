import { randomBytes } from 'node:crypto'
import type { Session } from '../engines/engine.ts'
import { ConflictError, DoltflowError, RefusedError } from '../errors.ts'
import { schemasOf } from '../history/schemas-at.ts'
import { call, oneOf } from '../model/advice.ts'
import { sameButCase } from '../model/name-lists.ts'
import { CONFLICT_PREFIX, SCRATCH_PREFIX } from '../model/names.ts'
import { schemaText } from '../model/schema-diff.ts'
import { failpoint } from '../system/failpoint.ts'
import type { Conflict, Hash, Schema } from '../types.ts'

/* Work that can't be merged is kept on a branch with a name for people, and the error says how to finish. */

/** The work, and the branch that was to have it. */
export interface Work {
  target: string
  work: { branch: string; commit: Hash }
}

/** Keeps work whose rows conflict. */
export async function keepConflictingRows(
  session: Session,
  { target, work }: Work,
  { conflicts, total, tables }: { conflicts: Conflict[]; total: number; tables: string[] },
): Promise<ConflictError> {
  const { branch, isOwn } = await keep(session, work)
  const what = `${total} ${total === 1 ? 'row conflicts' : 'rows conflict'} with branch ${target} in ${tables.join(', ')}`
  return new ConflictError(
    'CONFLICT',
    `${what}; ${target} is as it was, ${whereKept(branch, isOwn)}. ` +
      `Finish with: ${call('merge', [branch], { into: target, onConflict: oneOf('ours', 'theirs') })} (ours: ${target}'s cells; theirs: ${isOwn ? `${branch}'s` : 'the saved ones'}), or one by one: ${call('conflicts', [branch], { into: target })}${orGiveUp(branch, isOwn)}`,
    { data: { branch, target, total, tables, conflicts, schemas: await schemasOf(session, work.commit, tables) } },
  )
}

export function isSchemaConflict(error: unknown): error is DoltflowError {
  return error instanceof DoltflowError && error.code === 'SCHEMA_CONFLICT'
}

/** Keeps work whose tables can't be merged. */
export async function keepConflictingTables(
  session: Session,
  { target, work }: Work,
  cause: DoltflowError,
): Promise<RefusedError> {
  const { branch, isOwn } = await keep(session, work)
  const ours = { name: target, commit: (await session.head(target))! }
  const { what, steps, data } = await tablesApart(session, cause, ours, {
    name: branch,
    commit: work.commit,
    ref: branch,
  })
  return new RefusedError(
    'SCHEMA_CONFLICT',
    `${what} ${target} is as it was, ${whereKept(branch, isOwn)}. ` +
      `Finish with: ${steps} (as ${branch} has it; then save again what ${target} alone had), and: ${call('merge', [branch], { into: target })}${orGiveUp(branch, isOwn)}`,
    { data: { branch, target, ...data }, cause },
  )
}

/** One side of tables that can't be merged: what it is called, and its commit. */
interface Side {
  name: string
  commit: Hash
}

/** What keeps tables from being merged, and the commands that make them on our branch what they are on the other side. */
export async function tablesApart(
  session: Session,
  { data }: DoltflowError,
  ours: Side,
  theirs: Side & { ref: string },
): Promise<{ what: string; steps: string; data: Record<string, unknown> }> {
  const tables = data['tables'] as string[]
  const reason = String(data['reason'])
  const here = await schemasOf(session, ours.commit, tables)
  const there = await schemasOf(session, theirs.commit, tables)
  const shown = (schema: Schema | undefined): string => (schema ? schemaText(schema) : 'no such table')
  const schemas = tables.map(
    (table) => `${ours.name} has: ${shown(here[table])}. ${theirs.name} has: ${shown(there[table])}.`,
  )
  const steps = tables.map((table) =>
    there[table]
      ? call('restore', [table, theirs.ref], { branch: ours.name })
      : call('drop', [table], { branch: ours.name }),
  )
  const twins = await namesInOtherCase(session, tables, ours, theirs)
  return {
    what:
      twins ??
      `Table ${tables.join(', ')} of ${theirs.name} can't be merged into ${ours.name}: ${reason}. ${schemas.join(' ')}`,
    steps: steps.join('; '),
    data: { tables, reason, schemas: { ours: here, theirs: there } },
  }
}

/** What is said of tables whose names are one to the engine: nobody dropped one, though only one side has it. */
async function namesInOtherCase(
  session: Session,
  tables: readonly string[],
  ours: Side,
  theirs: Side,
): Promise<string | undefined> {
  const here = await session.tables(ours.commit)
  const there = await session.tables(theirs.commit)
  for (const table of tables) {
    const mine = here.includes(table) ? table : sameButCase(table, here)
    const other = there.includes(table) ? table : sameButCase(table, there)
    if (mine !== undefined && other !== undefined && mine !== other)
      return `${ours.name} has a table ${mine}, and ${theirs.name} has ${other}. The names differ only in case, and the engine can't keep both on one branch.`
  }
  return undefined
}

async function keep(session: Session, work: Work['work']): Promise<{ branch: string; isOwn: boolean }> {
  const isScratch = work.branch.startsWith(SCRATCH_PREFIX)
  const branch = isScratch ? `${CONFLICT_PREFIX}${randomBytes(4).toString('hex')}` : work.branch
  if (isScratch) await session.createBranch(branch, work.commit)
  failpoint('conflict-kept')
  await session.acknowledge?.(branch, work.commit)
  return { branch, isOwn: !branch.startsWith(CONFLICT_PREFIX) }
}

function whereKept(branch: string, isOwn: boolean): string {
  return isOwn ? `as is ${branch}` : `the work is kept on branch ${branch}`
}

/** A branch of the user's own is not ours to give up. */
function orGiveUp(branch: string, isOwn: boolean): string {
  return isOwn ? '' : `, or give it up with: ${call('deleteBranch', [branch])}`
}
