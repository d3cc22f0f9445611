import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { stateFolder, sweepNowAndThen } from '../system/state-folder.ts'
import type { Hash } from '../types.ts'

/*
 * What a path was given by a load, so that the file, edited, can be saved on the commit that it was loaded from. It is
 * kept on this machine alone, in the user's state folder, and never in the database.
 */

/** What a file holds. */
export interface LoadedFile {
  /** Where the database is, as the engine says it. */
  database: string
  table: string
  /** The branch whose head was loaded; null for a commit that was no head then. */
  branch: string | null
  commit: Hash
}

/** How long, in ms, a file that is not saved is remembered: a year. */
const KEPT_MS = 365 * 24 * 3600 * 1000

/** Remembers what a file was given. If there is no place to do so, it isn't: the file is saved as any other then. */
export async function rememberLoad(path: string, loaded: LoadedFile): Promise<void> {
  try {
    const place = await placeOf(path)
    const temporary = `${place}.${randomUUID()}`
    await mkdir(dirname(place), { recursive: true, mode: 0o700 })
    await writeFile(temporary, JSON.stringify({ path: await absolute(path), ...loaded }), { mode: 0o600 })
    await rename(temporary, place)
    await sweepNowAndThen(dirname(place), KEPT_MS)
  } catch {
    // No home, a full disk, a folder that only others may write.
  }
}

/** A file that was given something else than a table is no longer one that was loaded. */
export async function forgetLoad(path: string): Promise<void> {
  await rm(await placeOf(path).catch(() => ''), { force: true }).catch(() => {})
}

/** What a file was given last; undefined if nobody on this machine loaded it. */
export async function recallLoad(path: string): Promise<LoadedFile | undefined> {
  try {
    const found = JSON.parse(await readFile(await placeOf(path), 'utf8')) as LoadedFile & { path: string }
    return found.path === (await absolute(path)) ? found : undefined
  } catch {
    return undefined
  }
}

async function placeOf(path: string): Promise<string> {
  const name = createHash('sha256')
    .update(`${hostname()}\0${await absolute(path)}`)
    .digest('hex')
  return join(stateFolder(), 'loaded', `${name}.json`)
}

async function absolute(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path))
}
