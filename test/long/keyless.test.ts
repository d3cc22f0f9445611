import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { open } from '../../dist/index.js'
import { missingDolt } from '../engines/dolt-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'doltflow-keyless-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const missing = missingDolt()
const urls = [join(folder, 'data.db'), ...(missing === undefined ? [`dolt:${join(folder, 'data')}`] : [])]

// Staged, these rows take more than is sorted in memory.
test.each(urls)('one more of 400,000 rows without a key is one added, in %s', { timeout: 600_000 }, async (url) => {
  const path = join(folder, 'rows.csv')
  const text = 'lorem ipsum '.repeat(10)
  const rows = Array.from({ length: 400_000 }, (_, index) => `${index % 390_000},${text}${index % 10}`)
  const write = (lines: string[]): string => {
    writeFileSync(path, `a,b\n${lines.join('\n')}\n`)
    return path
  }
  const database = await open(url)
  await database.save('foo', write(rows), { key: null })
  expect((await database.save('foo', write(rows.toReversed()))).changed).toBe(false)
  const more = [`0,${text}0`, ...rows]
  expect(await database.save('foo', write(more))).toMatchObject({ added: 1, modified: 0, removed: 0 })
  expect(await database.save('foo', write(rows))).toMatchObject({ added: 0, modified: 0, removed: 1 })
  const loaded: string[] = []
  for await (const batch of database.rows('foo', { as: 'batches' }))
    for (const row of batch.rows) loaded.push(row.join(','))
  expect(loaded).toEqual(rows)
  await database.close()
})
