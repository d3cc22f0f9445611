import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckRule } from '../model/check.ts'
import { stateFolder } from '../system/state-folder.ts'
import type { Hash } from '../types.ts'

/*
 * Which tables kept which rules, by their hash: so that of a changed table only the changed rows are looked at. It is a memory of this
 * machine, by content alone; without it every row is looked at.
 */

const KEPT_MS = 90 * 24 * 3600 * 1000
/** In one of how many notes the folder is looked through for what is older. */
const SWEEP_EVERY = 200

export function isHeld(rule: CheckRule, table: string, hash: Hash): boolean {
  return existsSync(placeOf(rule, table, hash))
}

/** Notes that a table keeps a rule. Never throws: it is a memory. */
export async function noteHeld(rule: CheckRule, table: string, hash: Hash): Promise<void> {
  try {
    await mkdir(folder(), { recursive: true, mode: 0o700 })
    await writeFile(placeOf(rule, table, hash), '', { mode: 0o600 })
    if (Math.random() * SWEEP_EVERY < 1) await sweep()
  } catch {
    // No home, a full disk.
  }
}

function placeOf(rule: CheckRule, table: string, hash: Hash): string {
  const name = createHash('sha256')
    .update(JSON.stringify([rule, table, hash]))
    .digest('hex')
    .slice(0, 40)
  return join(folder(), name)
}

function folder(): string {
  return join(stateFolder(), 'held')
}

async function sweep(): Promise<void> {
  for (const name of await readdir(folder())) {
    const path = join(folder(), name)
    if (Date.now() - (await stat(path)).mtimeMs > KEPT_MS) await rm(path, { force: true })
  }
}
