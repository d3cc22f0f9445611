import { randomUUID } from 'node:crypto'
import { existsSync, renameSync, statSync } from 'node:fs'
import { foundationMessage } from '../../../model/trailers.ts'
import { removeTemporary, temporaryBeside } from '../../../system/temporary.ts'
import type { Hash } from '../../../types.ts'
import { Connection } from './connection.ts'

/*
 * The engine can't merge from its own first commit, which is the same in all databases: two clones of a database
 * without tables could never meet. So a database begins with a second commit, after a table was made and dropped:
 * it is as empty, merges, and is this database's alone.
 */

const AUTHOR = 'doltflow <doltflow@localhost>'

/** Makes a database with its foundation, whole or not at all; the caller holds the write lock. */
export function createDatabase(path: string): void {
  if (isThere(path)) return
  const temporary = temporaryBeside(path)
  try {
    const connection = new Connection(temporary)
    try {
      // Not prepared: what is would keep the file open, and make its lock file again, until it is collected.
      connection.exec('CREATE TABLE doltflow_foundation (id PRIMARY KEY) WITHOUT ROWID')
      connection.exec(`SELECT dolt_commit('-A', '-m', 'begin', '--author', '${AUTHOR}')`)
      connection.exec('DROP TABLE doltflow_foundation')
      const message = foundationMessage(randomUUID())
      connection.exec(`SELECT dolt_commit('-A', '--amend', '-m', '${message}', '--author', '${AUTHOR}')`)
    } finally {
      connection.close()
    }
    if (!isThere(path)) renameSync(temporary, path)
  } finally {
    removeTemporary(temporary)
  }
}

/** The commit that a branch of its own begins at: the foundation, or the first commit of a database that has none. */
export function firstCommit(connection: Connection): Hash {
  const first = connection.cell<Hash>(
    'SELECT commit_hash FROM dolt_commit_ancestors WHERE parent_hash IS NULL LIMIT 1',
  )!
  const children = connection.all('SELECT commit_hash FROM dolt_commit_ancestors WHERE parent_hash = ?', first)
  if (children.length !== 1) return first
  const [child] = children[0] as [Hash]
  const isEmpty = connection.at(child).cell('SELECT 1 FROM sqlite_schema LIMIT 1') === undefined
  return isEmpty ? child : first
}

function isThere(path: string): boolean {
  return existsSync(path) && statSync(path).size > 0
}
