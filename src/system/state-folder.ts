import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where this user's programs keep what outlives a process and is no setting (XDG Base Directory): `doltflow` in it. */
export function stateFolder(): string {
  const { XDG_STATE_HOME, LOCALAPPDATA } = process.env
  return join(XDG_STATE_HOME || LOCALAPPDATA || join(homedir(), '.local', 'state'), 'doltflow')
}
