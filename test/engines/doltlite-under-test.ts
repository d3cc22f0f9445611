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
  attacks: (file) => [
    [
      `SELECT dolt_commit('-A', '-m', 'x'), dolt_remote('add', 'o', '${pathToFileURL(file).href}'), dolt_push('o', 'main')`,
      'dolt_commit',
    ],
    [`SELECT dolt_remote('add', 'o', '${pathToFileURL(file).href}') AS x, dolt_push('o', 'main') AS y`, 'dolt_remote'],
    ["SELECT dolt_branch('evil') AS x", 'dolt_branch'],
    [`SELECT dolt_clone('${pathToFileURL(file).href}') AS x`, 'dolt_clone'],
    ["SELECT load_extension('evil') AS x", 'load_extension'],
    ['SELECT * FROM dolt_log', 'dolt_log'],
    ['SELECT * FROM dolt_remotes', 'dolt_remotes'],
    ['SELECT * FROM dolt_history_foo', 'dolt_history_foo'],
    ['SELECT * FROM sqlite_schema', 'sqlite_schema'],
    ["SELECT * FROM pragma_table_info('foo')", 'pragma_table_info'],
    [`ATTACH '${file}' AS evil`, 'ATTACH'],
    [`SELECT 1; ATTACH '${file}' AS evil`, ';'],
    ['PRAGMA table_info(foo)', 'PRAGMA'],
    [`VACUUM INTO '${file}'`, 'VACUUM'],
    [`SELECT writefile('${file}', 'x') AS x`, 'writefile'],
    [`SELECT readfile('${file}') AS x`, 'readfile'],
    ['INSERT INTO foo SELECT 9, 9', 'INSERT'],
    ['DELETE FROM foo RETURNING *', 'DELETE'],
  ],
  // Both the one that gives nothing for long, and the one that gives rows for ever, are run by the same statement.
  endless: 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) AS n FROM c, foo',
}
