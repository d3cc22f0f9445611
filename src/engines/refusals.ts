import { DoltflowError, NotFoundError, RefusedError, SourceError, UsageError, reasonOf } from '../errors.ts'
import { blank, call, initAt, option } from '../model/advice.ts'
import { either } from '../spelling.ts'
import type { Hash, Schema } from '../types.ts'
import type { SourceLine } from './engine.ts'
import { placeText } from './staging/place.ts'

/* What more than one engine refuses, in one text each. */

/** How much of a key's cell a message shows. */
const SHOWN = 80

export function databaseNotFound(location: string): NotFoundError {
  return new NotFoundError(
    'DATABASE_NOT_FOUND',
    `There is no database ${location}. Make one with: ${initAt(location)}, or save into it${either('', ' (a save with an explicit --db makes it)')}`,
    { data: { database: location } },
  )
}

export function databaseExists(location: string): RefusedError {
  return new RefusedError(
    'DATABASE_EXISTS',
    `${location} is there already. Clone into a new database, or pull into this one.`,
    { data: { database: location } },
  )
}

export function databaseClosed(location: string): DoltflowError {
  return new DoltflowError('CLOSED', `The database ${location} is closed. Open it again.`, {
    data: { database: location },
    retryable: true,
  })
}

export function tableNotFound(table: string, commit: Hash): NotFoundError {
  return new NotFoundError(
    'TABLE_NOT_FOUND',
    `There is no table ${table} at commit ${commit}. See: ${call('tables', [], { at: commit })}`,
    { data: { table, commit } },
  )
}

/** @param similar the table that is there */
export function tableNameTaken(table: string, similar: string): UsageError {
  return new UsageError(
    'NAME_REFUSED',
    `There is a table ${similar}, whose name differs from ${table} in upper and lower case alone. Save into ${similar}, or choose another name.`,
    { data: { name: table, table: similar } },
  )
}

/** What a query named that it may not use. */
export type Forbidden = { function: string } | { table: string } | { words: string }

/** A query uses something else than tables at its ref and pure functions. */
export function queryRefused(sql: string, forbidden: Forbidden): DoltflowError {
  const what =
    'function' in forbidden
      ? `it calls ${forbidden.function}(), which a query may not`
      : 'table' in forbidden
        ? `it reads ${forbidden.table}, which is no table at its ref${aboutHistory(forbidden.table)}`
        : `it has ${forbidden.words}, which a query may not`
  return new DoltflowError(
    'SQL_FAILED',
    `The query is refused: ${what}. It sees the tables at its ref, and functions that only compute. The query: ${sql}`,
    { data: { sql, reason: what, ...forbidden } },
  )
}

/**
 * A query that the engine can't run.
 * @param asked what it must be, beyond one SELECT over the tables at its ref
 */
export function queryFailed(sql: string, cause: unknown, asked = ''): DoltflowError {
  const reason = reasonOf(cause)
  const table = /(?:no such table|table not found):? (?:\w+\.)?(dolt_\w+)/i.exec(reason)?.[1]
  if (table !== undefined) return queryRefused(sql, { table })
  return new DoltflowError(
    'SQL_FAILED',
    `The query failed: ${reason}. It must be one SELECT over the tables at its ref${asked}. The query: ${sql}`,
    { data: { sql, reason }, cause },
  )
}

/** @param what how reading takes more than it may */
export function queryLimit(what: string): DoltflowError {
  return new DoltflowError(
    'QUERY_LIMIT',
    `Reading takes ${what}, and was ended. Ask for less, or allow it more (maxRows, maxMemory).`,
  )
}

/** The engine's own tables would tell of the connection that runs the query, and not of what the ref has. */
function aboutHistory(table: string): string {
  return /^dolt_/i.test(table)
    ? ` (the engine's own tables can't be read here; history: ${either('log(), diff(), blame() of the database', 'doltflow log, diff, blame')})`
    : ''
}

/** @param reason why this engine runs no query */
export function queryUnavailable(sql: string, reason: string): DoltflowError {
  return new DoltflowError('SQL_FAILED', `The query can't be run: ${reason}. Load a table instead. The query: ${sql}`, {
    data: { sql, reason },
  })
}

export function branchDirty(branch: string, tables: readonly string[]): RefusedError {
  return new RefusedError(
    'BRANCH_DIRTY',
    `Branch ${branch} has uncommitted changes in ${tables.join(', ')}, made by another program. Commit or reset them there, then try again.`,
    { data: { branch, tables } },
  )
}

/** A row whose key has no value in a column. */
export function keyNull(place: SourceLine, column: string, { key }: Schema): SourceError {
  return new SourceError(
    'KEY_NULL',
    `${placeText(place)}: the key column ${column} has no value. Every row needs its key: ${key.join(', ')}.`,
    { data: { ...place, column, key } },
  )
}

/**
 * A key that two rows of a source have.
 * @param place the second one's @param first the first one's
 */
export function keyDuplicate(
  place: SourceLine,
  first: SourceLine,
  schema: Schema,
  cells: readonly unknown[],
): SourceError {
  const where = `line ${first.line}${first.path === undefined ? '' : ` of ${first.path}`}`
  return keyError(
    'KEY_DUPLICATE',
    place,
    schema,
    cells,
    `is on ${where} too. Give each row a key of its own, or add a column to ${option('key')}`,
  )
}

/** A key of a source that the table has. */
export function keyExists(place: SourceLine, schema: Schema, cells: readonly unknown[]): SourceError {
  return keyError(
    'KEY_EXISTS',
    place,
    schema,
    cells,
    `is in the table already. Save with ${option('mode', 'upsert')} to replace such rows, or leave them out`,
  )
}

function keyError(
  code: 'KEY_DUPLICATE' | 'KEY_EXISTS',
  place: SourceLine,
  { key }: Schema,
  cells: readonly unknown[],
  why: string,
): SourceError {
  const named = key.map((name, index): [string, string] => [name, String(cells[index])])
  return new SourceError(code, `${placeText(place)}: the key ${keyText(named)} ${why}.`, {
    data: { ...place, key: Object.fromEntries(named) },
  })
}

/** A key in words, such as `id = 3, day = 2026-01-01`. */
export function keyText(cells: readonly (readonly [column: string, text: string])[]): string {
  return cells
    .map(([column, text]) => `${column} = ${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}`)
    .join(', ')
}

/** Which of an engine's words for a remote mean what. */
export interface RemoteWords {
  /** It has moved meanwhile. */
  moved: RegExp
  /** It was not reached. */
  unreachable: RegExp
}

/**
 * What an engine said of a remote: it has moved, it was not reached, or else it refused.
 * @param advice what may help when it refused
 */
export function remoteError(remote: string, cause: unknown, words: RemoteWords, advice = ''): DoltflowError {
  const reason = reasonOf(cause)
  const data = { remote, reason }
  if (words.moved.test(reason))
    return new DoltflowError('REMOTE_RACE', `The remote ${remote} has moved: ${reason}.`, {
      data,
      cause,
      retryable: true,
    })
  if (words.unreachable.test(reason))
    return new DoltflowError(
      'REMOTE_UNREACHABLE',
      `The remote ${remote} can't be reached: ${reason}. Check the URL and the network; what is saved here stays here until the next save or push.`,
      { data, cause, retryable: true },
    )
  return new RefusedError('REMOTE_REFUSED', `The remote ${remote} refused: ${reason}.${advice}`, { data, cause })
}

/** The error for a remote in whose place there is no database. */
export function nothingThere(remote: string): DoltflowError {
  return new DoltflowError(
    'REMOTE_UNREACHABLE',
    `The remote ${remote} can't be reached: there is no database there. Check the path.`,
    { data: { remote, reason: 'no such file' } },
  )
}

/**
 * The error for a tag that a remote has at another commit than we.
 * @param remote its name and URL
 */
export function tagElsewhere(remote: string, tag: string): RefusedError {
  return new RefusedError(
    'TAG_EXISTS',
    `The remote ${remote} has a tag ${tag} at another commit; a tag does not move. The branches were sent. Give our tag another name (${call('createTag', [blank('NEW'), tag])}), delete it (${call('deleteTag', [tag])}), and push again.`,
    { data: { remote, tag } },
  )
}
