import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Folder } from '../cli/cli.ts'
import { ServedProcess } from '../cli/serve-client.ts'

const folder = new Folder()
folder.write('foo.csv', 'a,b\n1,x\n2,y\n')
afterAll(() => folder.remove())

/** What the process has in memory, in MB. */
function memory({ process }: ServedProcess): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${process.pid}/status`, 'utf8'))![1]) / 1024
}

test('10,000 calls take no more memory than 2,000', { timeout: 1_200_000 }, async () => {
  const client = new ServedProcess(folder.path, ['--db', join(folder.path, 'many.db')])
  const around = async (index: number): Promise<void> => {
    const options = { inProcess: true, source: `source ${index}`, key: 'a' }
    folder.write('edit.csv', `a,b\n1,${index % 50}\n2,y\n`)
    if (index % 20 === 0) await client.call('save', { table: 'foo', source: 'edit.csv', options })
    await client.call('load', { what: 'foo', target: 'foo.arrow', options: { inProcess: true, target: 'kedro:foo' } })
    await client.call('save', { table: 'copy', source: 'foo.arrow', options })
    const { stream } = await client.call('rows', { what: 'foo' })
    await client.call('return', { stream })
    expect((await client.ask('load', { what: 'nope', target: 'x.csv' })).error?.code).toBe('TABLE_NOT_FOUND')
  }
  const seen: number[] = []
  for (let index = 0; index < 2000; index++) {
    await around(index)
    if (index % 400 === 399) seen.push(memory(client))
  }
  expect(await client.end()).toBe(0)
  console.log(`MB after each 2,000 calls: ${seen.map(Math.round).join(', ')}`)
  expect(seen.at(-1)!).toBeLessThan(seen[0]! + 100)
})
