import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { NotFoundError } from '../errors.ts'

const FILE_NAME = 'doltflow.db'

/**
 * The database that the user named, else the nearest `doltflow.db` in a folder or above it.
 * @throws {NotFoundError} DATABASE_NOT_FOUND
 */
export function findDatabase(named: string | undefined, folder: string): { url: string; named: boolean } {
  if (named !== undefined) return { url: atFolder(folder, named), named: true }
  const path = nearestDatabase(folder)
  if (path !== undefined) return { url: path, named: false }
  throw new NotFoundError(
    'DATABASE_NOT_FOUND',
    `There is no ${FILE_NAME} in ${folder}, nor in a folder above. Make one with: doltflow init. Or name one: --db pipeline.db (or DOLTFLOW_DB); a save then makes it.`,
    { data: { folder } },
  )
}

/** The nearest `doltflow.db` in a folder or above it. */
export function nearestDatabase(folder: string): string | undefined {
  for (let here = resolve(folder); ; here = dirname(here)) {
    const path = join(here, FILE_NAME)
    if (existsSync(path)) return path
    if (here === dirname(here)) return undefined
  }
}

/** A path from a folder that need not be the process's own; a URL, or a path from the process's folder, as it is. */
export function atFolder(folder: string, given: string): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(given) || folder === process.cwd()) return given
  return resolve(folder, given)
}
