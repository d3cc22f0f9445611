import { chmodSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadAddon } from '../../dist/engines/doltlite/connection/addon.js'
import type { EngineUnderTest } from '../contract/bench.ts'

export const doltliteUnderTest: EngineUnderTest = {
  name: 'doltlite',
  missing() {
    try {
      loadAddon()
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  },
  url: (folder) => join(folder, 'data.db'),
  remoteUrl: (folder, name) => pathToFileURL(join(folder, name)).href,
  lostRemoteUrl: (folder) => pathToFileURL(join(folder, 'none', 'remote.db')).href,
  leave(url, branch, sql) {
    const { DatabaseSync } = loadAddon()
    const database = new DatabaseSync(url)
    database.prepare('SELECT dolt_checkout(?)').get(branch)
    database.exec(sql)
    database.close()
  },
  // Numbers before texts, these by their bytes.
  compareKeys(a, b) {
    if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
    if (typeof a === 'string' || typeof b === 'string') return typeof a === 'string' ? 1 : -1
    return a! < b! ? -1 : a! > b! ? 1 : 0
  },
  readOnly: [
    ['file', 0o444, 0o777] as const,
    ['folder', 0o666, 0o555] as const,
    ['file and folder', 0o444, 0o555] as const,
  ].map(([name, fileMode, folderMode]) => ({
    name,
    async make(url) {
      chmodSync(url, fileMode)
      chmodSync(dirname(url), folderMode)
      return { url, end: () => chmodSync(dirname(url), 0o777) }
    },
  })),
  oddUrls: (folder) =>
    ['a b.db', 'a?b.db', 'a#b.db', '50%.db', "it's.db", 'é😀.db', '.hidden.db', 'x.sqlite', 'a.dbx', 'x.db.db'].map(
      (name) => join(folder, name),
    ),
  refuses: () => false,
}
