import type { Session } from '../engines/engine.ts'
import { NotFoundError } from '../errors.ts'
import { call } from '../model/advice.ts'
import { listed, sameButCase } from '../model/name-lists.ts'
import { isReservedBranch } from '../model/names.ts'
import { nearest } from '../model/nearest.ts'
import type { Hash } from '../types.ts'
import { findRunCommit } from './records.ts'

/** What a ref is looked up with. */
export interface RefScope {
  /** What `HEAD` and dates mean. */
  defaultBranch: string
  /** Whose commit `run:<id>` means. */
  table?: string | undefined
}

/**
 * The commit that a ref names: looked up as branch, tag, hash or its unique beginning, `HEAD`, `run:<id>`, date;
 * each with an optional `~n` (n-th first parent). A run whose id ends so comes before the commit of another.
 * @throws {NotFoundError} REF_NOT_FOUND, REF_AMBIGUOUS, BRANCH_NOT_FOUND (for `HEAD` and dates), RUN_NOT_FOUND
 */
export async function resolveRef(session: Session, ref: string, scope: RefScope): Promise<Hash> {
  const [, name, generations] = /^(.*?)(?:~(\d*))?$/s.exec(ref) as unknown as [string, string, string | undefined]
  if (generations !== undefined && ref.startsWith('run:')) {
    const ofRun = await runCommit(session, ref, scope)
    if (ofRun !== undefined) return ofRun
  }
  const commit = await named(session, name, scope)
  if (generations === undefined) return commit
  const count = generations === '' ? 1 : Number(generations)
  const ancestor = await session.ancestor(commit, count)
  if (ancestor !== undefined) return ancestor
  throw notFound(ref, `${name} has fewer than ${count} commits before it. See: ${call('log', [], { at: name })}`)
}

/** The commit of a run whose id ends as `~n` does; undefined if there is none. */
async function runCommit(session: Session, ref: string, { table }: RefScope): Promise<Hash | undefined> {
  try {
    return await findRunCommit(session, ref.slice(4), table)
  } catch (error) {
    if (error instanceof NotFoundError && error.code === 'RUN_NOT_FOUND') return undefined
    throw error
  }
}

async function named(session: Session, name: string, scope: RefScope): Promise<Hash> {
  const head = await session.head(name)
  if (head !== undefined) return head
  const tag = (await session.tags()).find((known) => known.name === name)
  if (tag) return tag.hash
  if (name === 'HEAD') return headOf(session, scope.defaultBranch)
  if (name.startsWith('run:')) return findRunCommit(session, name.slice(4), scope.table)
  const date = dateOf(name)
  if (date !== undefined) return commitAt(session, name, date, scope)
  return byHash(session, name)
}

/** @throws {NotFoundError} BRANCH_NOT_FOUND */
export async function headOf(session: Session, branch: string): Promise<Hash> {
  const head = await session.head(branch)
  if (head !== undefined) return head
  const names = (await session.branches()).map(({ name }) => name).filter((name) => !isReservedBranch(name))
  const hint = likelyName(branch, names) ?? `There are: ${listed(names)}.`
  throw new NotFoundError('BRANCH_NOT_FOUND', `There is no branch ${branch}. ${hint}`, {
    data: { branch, branches: names },
  })
}

async function byHash(session: Session, given: string): Promise<Hash> {
  const name = given.toLowerCase()
  if (!/^[0-9a-z]{4,40}$/.test(name)) throw await unknownName(session, given)
  const found = await session.findCommits(name)
  if (found.length === 0) throw await unknownName(session, given)
  if (found.length === 1) return found[0]!
  throw new NotFoundError('REF_AMBIGUOUS', `${given} is the beginning of several commits' hashes. Give more of it.`, {
    data: { ref: given, commits: found },
  })
}

/** A date in UTC; a bare one means its end. undefined: it is no date. */
function dateOf(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text)) return undefined
  const bare = text.length === 10
  const zoned = bare ? `${text}T23:59:59.999Z` : /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.replace(' ', 'T')}Z`
  const date = new Date(zoned.replace(' ', 'T'))
  // JavaScript takes February 30th for March 2nd.
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`)
  const isDay = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10))
  return Number.isNaN(date.getTime()) || !isDay ? undefined : date
}

async function commitAt(session: Session, text: string, date: Date, scope: RefScope): Promise<Hash> {
  const head = await headOf(session, scope.defaultBranch)
  const commit = await session.commitBefore(head, date.toISOString())
  if (commit !== undefined) return commit
  throw notFound(text, `branch ${scope.defaultBranch} has no commit at or before it. See: ${call('log')}`)
}

function notFound(ref: string, why: string): NotFoundError {
  return new NotFoundError('REF_NOT_FOUND', `The ref ${JSON.stringify(ref)} names no commit: ${why}`, { data: { ref } })
}

async function unknownName(session: Session, ref: string): Promise<NotFoundError> {
  const known = [...(await session.branches()), ...(await session.tags())].map(({ name }) => name)
  const likely = likelyName(ref, [...known.filter((name) => !isReservedBranch(name)), 'HEAD'])
  return notFound(
    ref,
    `there is no branch, tag, commit, run or date of that name. ${likely ?? `See: ${call('log')}, ${call('branches')}, ${call('tags')}`}`,
  )
}

/** What is said of a name that was most likely meant. */
function likelyName(given: string, names: readonly string[]): string | undefined {
  const twin = sameButCase(given, names)
  if (twin !== undefined) return `There is ${twin}, which differs only in case.`
  const near = nearest(given, names)
  return near === undefined ? undefined : `Did you mean ${near}?`
}
