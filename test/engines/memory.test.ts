import { join } from 'node:path'
import { forgetMemory } from '../../dist/engines/memory/index.js'
import { compareCells } from '../../dist/engines/memory/tables/table.js'
import { engineContract } from '../contract/engine.ts'

function unasked(): never {
  throw new Error('the contract asks for what the engine lacks')
}

engineContract({
  name: 'memory',
  missing: () => undefined,
  url: (folder) => `memory:${folder}/data`,
  drop: async (url) => forgetMemory(url),
  remoteUrl: (folder, name) => `memory:${join(folder, name)}`,
  compareKeys: compareCells,
  readOnly: [],
  leave: unasked,
  lostRemoteUrl: unasked,
  attacks: unasked,
  endless: 'not asked for',
  oddUrls: (folder) =>
    ['a b', 'a?b', 'a#b', '50%', "it's", 'é😀', '.hidden', 'x.db'].map((name) => `memory:${folder}/${name}`),
  refuses: () => false,
  lacks: {
    queries: 'the memory engine has no SQL',
    otherPrograms: 'no other program reaches into this process',
    lostRemotes: 'a database of the same process is never out of reach',
    servers: 'the memory engine speaks to no servers',
    readOnly: 'whoever opens a database in memory may write it',
  },
})
