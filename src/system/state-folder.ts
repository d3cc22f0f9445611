import { readdir, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where this user's programs keep what outlives a process and is no setting (XDG Base Directory): `doltflow` in it. */
export function stateFolder(): string {
  const { XDG_STATE_HOME, LOCALAPPDATA } = process.env
  return join(XDG_STATE_HOME || LOCALAPPDATA || join(homedir(), '.local', 'state'), 'doltflow')
}

/** In one of how many calls a folder is looked through. */
const SWEEP_EVERY = 200

/** Now and then removes files of a folder that were not written for so long, in ms. */
export async function sweepNowAndThen(folder: string, keptMs: number): Promise<void> {
  if (Math.random() * SWEEP_EVERY >= 1) return
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (Date.now() - (await stat(path)).mtimeMs > keptMs) await rm(path, { force: true })
  }
}
