import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckRule } from '../model/check.ts'
import { stateFolder, sweepNowAndThen } from '../system/state-folder.ts'
import type { Hash } from '../types.ts'

/*
 * Which tables kept which rules, by their hash: so that of a changed table only the changed rows are looked at. It is a memory of this
 * machine, by content alone; without it every row is looked at.
 */

const KEPT_MS = 90 * 24 * 3600 * 1000

export function isHeld(rule: CheckRule, table: string, hash: Hash): boolean {
  return existsSync(placeOf(rule, table, hash))
}

/** Notes that a table keeps a rule. Never throws: it is a memory. */
export async function noteHeld(rule: CheckRule, table: string, hash: Hash): Promise<void> {
  try {
    await mkdir(folder(), { recursive: true, mode: 0o700 })
    await writeFile(placeOf(rule, table, hash), '', { mode: 0o600 })
    await sweepNowAndThen(folder(), KEPT_MS)
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
