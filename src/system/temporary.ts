import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { currentOwner, isGone, ownerText, parseOwner, type Owner } from './owner.ts'

/* Temporary files lie beside what they are for and are named by their owner, so that those of a killed process are known. */

/** A new temporary file's path, in the same folder as `path`. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.doltflow-${ownerText(currentOwner())}-${randomUUID()}`)
}

/** Removes a temporary file, if it is still there, and what an engine made beside it under its name (locks). */
export function removeTemporary(path: string): void {
  const folder = dirname(path)
  const visible = (name: string): string => name.replace(/^\.+/, '')
  for (const name of readdirSync(folder))
    if (visible(name).startsWith(visible(basename(path)))) rmSync(join(folder, name), { force: true })
}

/**
 * Removes what processes that are gone have left in a folder. Never throws: it may be another user's.
 * @param isLeft whether a file's owner is surely gone
 */
export function sweepFolder(
  folder: string,
  isLeft: (owner: Owner, since: number, name: string) => boolean = (owner, since) => isGone(owner, since),
): void {
  try {
    for (const name of readdirSync(folder)) {
      const match = /^\..*\.doltflow-([0-9a-f]{8}-\d+-\d+)-[0-9a-f-]{36}(-[a-z]+)?$/.exec(name)
      const owner = match && parseOwner(match[1]!)
      if (!owner) continue
      const path = join(folder, name)
      if (isLeft(owner, statSync(path).mtimeMs, name)) rmSync(path, { recursive: true, force: true })
    }
  } catch {
    // The next command tries again.
  }
}
