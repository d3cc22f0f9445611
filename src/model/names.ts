import { UsageError } from '../errors.ts'

/** The branch that holds the records of actions. */
export const RECORDS_BRANCH = 'doltflow'
/** What begins the names of branches that are doltflow's own, besides the records. */
export const INTERNAL_PREFIX = 'doltflow/'
/** What a save works on, until it is published. */
export const SCRATCH_PREFIX = 'doltflow/scratch/'
/** Branches by which a process shows a server that it lives. */
export const LEASE_PREFIX = 'doltflow/lease/'
/** What a copy of a database works on, until every commit is there. */
export const COPY_PREFIX = 'doltflow/copy/'
/** Commits that handles name, and no branch of people leads to any more. */
export const HELD_PREFIX = 'doltflow/held/'
/** Commits that pins name. */
export const PINNED_PREFIX = 'doltflow/pin/'
/** What tells that a branch which a remote has was deleted here. */
export const DELETED_PREFIX = 'doltflow/deleted/'
/** Where a remote's tags are seen, while they are compared. */
export const REMOTE_TAGS_PREFIX = 'doltflow/remote/'
/** Where work that conflicts is kept. */
export const CONFLICT_PREFIX = 'conflict/'
/** What remotes that are used by their URL alone are saved under: what was seen of them stands there. */
export const UNNAMED_PREFIX = 'doltflow-'
export const RECORDS_TABLE = '_doltflow_actions'
export const RUNS_TABLE = '_doltflow_runs'
export const STEPS_TABLE = '_doltflow_steps'
/** Hashes of some columns of tables. */
export const COLUMN_HASHES_TABLE = '_doltflow_column_hashes'
export const CHECKS_TABLE = '_doltflow_checks'
export const REFS_TABLE = '_doltflow_refs'
/** Tables' own rules for conflicts. */
export const RULES_TABLE = '_doltflow_rules'
/** Where work is kept that a check refused. */
export const REJECTED_PREFIX = 'rejected/'
/** What runs work on, until they are published. */
export const RUN_PREFIX = 'run/'

/**
 * Checks a table's name, the same on every engine.
 * @throws {UsageError} NAME_RESERVED, NAME_REFUSED
 */
export function checkTableName(name: string): void {
  requireText(name, 'table')
  if (/^(dolt|_doltflow|sqlite_)/i.test(name))
    throw new UsageError(
      'NAME_RESERVED',
      `The table name ${shown(name)} is reserved: names that begin with dolt, _doltflow or sqlite_ belong to the engine. Choose another.`,
      { data: { name } },
    )
  // The engine restores every table for `.`.
  if (
    name === '' ||
    name === '.' ||
    name.trim() !== name ||
    name.length > 64 ||
    hasControl(name) ||
    !name.isWellFormed()
  )
    throw new UsageError(
      'NAME_REFUSED',
      `The table name ${shown(name)} is refused: 1 to 64 characters, no control characters, no space at its ends.`,
      { data: { name } },
    )
}

/**
 * Checks the name of a branch or tag; the rules are Dolt's, which are Git's in ASCII.
 * @throws {UsageError} NAME_RESERVED, NAME_REFUSED
 */
export function checkRefName(name: string, kind: 'branch' | 'tag' = 'branch'): void {
  requireText(name, kind)
  if (isReservedBranch(name))
    throw new UsageError(
      'NAME_RESERVED',
      `The ${kind} name ${shown(name)} is reserved: doltflow keeps its own records there. Choose another.`,
      { data: { name } },
    )
  // What is a commit's hash on one engine is no name on any: branches go from one engine to another.
  const refused =
    !/^[A-Za-z0-9_!#$%&'()+,\-./;=@\]`{|}"<>]+$/.test(name) ||
    /^[-./]|[./]$|\.\.|\/\/|\/\.|\.lock(\/|$)|@\{|^@$|^HEAD$/i.test(name) ||
    /^[0-9a-f]{40}$|^[0-9a-v]{32}$/.test(name) ||
    name.length > 200
  if (refused)
    throw new UsageError(
      'NAME_REFUSED',
      `The ${kind} name ${shown(name)} is refused: ASCII letters, digits and signs such as - _ . / (no space, no ~ ^ : ? * [ \\), not at the beginning - or ., no "..", not a commit's hash.`,
      { data: { name } },
    )
}

/** @throws {UsageError} NAME_RESERVED, NAME_REFUSED */
export function checkRemoteName(name: string): void {
  requireText(name, 'remote')
  if (name.startsWith(UNNAMED_PREFIX))
    throw new UsageError(
      'NAME_RESERVED',
      `The remote name ${shown(name)} is reserved: doltflow keeps remotes that are used by their URL so. Choose another.`,
      { data: { name } },
    )
  if (!/^\w[\w.-]{0,99}$/.test(name))
    throw new UsageError(
      'NAME_REFUSED',
      `The remote name ${shown(name)} is refused: letters, digits, - _ . , not at the beginning - or .`,
      { data: { name } },
    )
}

export function isReservedBranch(name: string): boolean {
  return name === RECORDS_BRANCH || name.startsWith(`${RECORDS_BRANCH}/`)
}

function requireText(name: unknown, kind: string): void {
  if (typeof name !== 'string')
    throw new UsageError('NAME_REFUSED', `A ${kind}'s name is text, not ${typeof name}.`, {
      data: { name: typeof name },
    })
}

function hasControl(name: string): boolean {
  return /[\u0000-\u001f\u007f]/.test(name)
}

function shown(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)
}

/** Branches that travel: those of people, and the records. */
export function isShared(name: string): boolean {
  return name === RECORDS_BRANCH || isOfPeople(name)
}

/** Whether a branch is one of people: not of doltflow's own, no run's, and none that keeps work which was not published. */
export function isOfPeople(name: string): boolean {
  return !(isReservedBranch(name) || isKept(name) || name.startsWith(RUN_PREFIX))
}

/** Whether a branch keeps work that was not published: a conflict, or what a check refused. It goes when it is merged. */
export function isKept(name: string): boolean {
  return name.startsWith(CONFLICT_PREFIX) || name.startsWith(REJECTED_PREFIX)
}
