import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { NotFoundError, SourceError } from '../errors.ts'
import { isTableHandle, type TableHandle } from '../model/handle.ts'
import { shellWord } from '../model/shell-word.ts'
import { either } from '../spelling.ts'

/*
 * A pin is a small text file that names a table at a commit: Git tracks it, and `make` and `dvc` look at it. It is left alone, its time too,
 * as long as the table is the same. A database that is a file is named from where the pin lies, so that a checkout elsewhere finds it.
 */

/** What a pin names, with the database from where this process is. @throws {NotFoundError} FILE_NOT_FOUND @throws {SourceError} FORMAT_INVALID */
export async function readPin(path: string): Promise<TableHandle> {
  const found = await pinAt(path)
  if (found) return { ...found, db: isFile(found.db) ? resolve(dirname(path), found.db) : found.db }
  throw new NotFoundError(
    'FILE_NOT_FOUND',
    `There is no pin ${path}. Make it with: ${either(`db.pin(TABLE), written to ${path}`, `doltflow pin TABLE ${shellWord(path)}`)}`,
    { data: { path } },
  )
}

/** Writes a pin, if the table is another one than it names. @returns whether it was written @throws {SourceError} FORMAT_INVALID for a file that is no pin */
export async function writePin(path: string, handle: TableHandle): Promise<boolean> {
  const db = isFile(handle.db) ? relative(resolve(dirname(path)), resolve(handle.db)) : handle.db
  const known = await pinAt(path)
  if (known && known.hash === handle.hash && known.table === handle.table && known.db === db) return false
  const temporary = `${path}.${randomUUID()}`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(temporary, `${JSON.stringify({ ...handle, db }, undefined, 2)}\n`)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  return true
}

async function pinAt(path: string): Promise<TableHandle | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const found = parsed(text)
  if (isTableHandle(found)) return found
  throw new SourceError(
    'FORMAT_INVALID',
    `${path} is no pin: it must be a JSON object with db, table, commit, hash and rows.`,
    { data: { path } },
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function isFile(db: string): boolean {
  return isAbsolute(db) || !/^[a-z][a-z0-9+.-]+:/i.test(db)
}
