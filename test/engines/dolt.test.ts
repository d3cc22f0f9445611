import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { engineContract } from '../contract/engine.ts'
import { doltUnderTest, onlyReading } from './dolt-server.ts'

engineContract({
  ...doltUnderTest,
  name: 'dolt',
  url: (folder) => `dolt:${join(folder, 'data')}`,
  readOnly: [
    {
      name: 'a server that only reads runs in its folder',
      async make(url) {
        // The server of its own ends when its last user has gone.
        const folder = url.slice('dolt:'.length)
        while (existsSync(join(folder, '.dolt', 'sql-server.info'))) await setTimeout(50)
        const { env, remove } = await onlyReading(folder)
        execFileSync('chmod', ['-R', 'a+rX', dirname(folder)])
        return { url, env, end: remove }
      },
    },
  ],
  oddUrls: (folder) =>
    ['a b', 'a?b', 'a#b', "it's", 'é😀', '.hidden', 'a.b', 'main'].map((name) => `dolt:${join(folder, name)}`),
})
