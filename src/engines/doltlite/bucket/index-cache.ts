import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { removeTemporary, temporaryBeside } from '../../../system/temporary.ts'

/* The indexes of packs that were read whole, in the user's cache folder: a pack never changes. What is lost is read again. */

/** Bytes that are kept; the longest unused go first. */
const KEPT = 256 * 1024 * 1024

function folder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'doltflow', 'pack-indexes')
}

/** The index of a pack, if it is here as it was. */
export function cachedIndex(name: string): Buffer | undefined {
  try {
    const path = join(folder(), name)
    const bytes = readFileSync(path)
    const index = bytes.subarray(32)
    if (!createHash('sha256').update(index).digest().equals(bytes.subarray(0, 32))) return undefined
    const now = new Date()
    utimesSync(path, now, now)
    return index
  } catch {
    return undefined
  }
}

/** Keeps an index; if that can't be done, nothing is lost. */
export function cacheIndex(name: string, index: Buffer): void {
  const path = join(folder(), name)
  try {
    mkdirSync(folder(), { recursive: true, mode: 0o700 })
    const temporary = temporaryBeside(path)
    try {
      writeFileSync(temporary, Buffer.concat([createHash('sha256').update(index).digest(), index]))
      renameSync(temporary, path)
    } finally {
      removeTemporary(temporary)
    }
  } catch {
    // A full disk, or a folder that may only be read.
  }
}

/** Removes what was not used for longest, beyond the bound. */
export function trimCache(): void {
  try {
    const files = readdirSync(folder()).map((name) => {
      const { mtimeMs, size } = statSync(join(folder(), name))
      return { name, mtimeMs, size }
    })
    let total = files.reduce((sum, { size }) => sum + size, 0)
    for (const { name, size } of files.toSorted((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (total <= KEPT) return
      rmSync(join(folder(), name), { force: true })
      total -= size
    }
  } catch {
    // There is none yet.
  }
}
