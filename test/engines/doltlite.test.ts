import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadAddon } from '../../dist/engines/doltlite/addon.js'
import { engineContract } from '../contract/engine.ts'

engineContract({
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
  leave(url, branch, sql) {
    const { DatabaseSync } = loadAddon()
    const database = new DatabaseSync(url)
    database.prepare('SELECT dolt_checkout(?)').get(branch)
    database.exec(sql)
    database.close()
  },
})
