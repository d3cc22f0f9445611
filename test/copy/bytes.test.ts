import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadAddon } from '../../dist/engines/doltlite/connection/addon.js'
import { copy, open, type Database } from '../../dist/index.js'
import { Folder } from '../cli/cli.ts'

/* Bytes, which doltflow never saves, and another program may have put into a DoltLite file. */

const folder = mkdtempSync(join(tmpdir(), 'doltflow-bytes-'))
const source = join(folder, 'source.db')

/** What another program does in the source. */
function sql(...statements: string[]): void {
  const { DatabaseSync } = loadAddon()
  const other = new DatabaseSync(source)
  for (const statement of statements) other.prepare(statement).get()
  other.close()
}

async function text(database: Database, table: string): Promise<string> {
  const path = join(folder, 'loaded.csv')
  await database.load(table, path)
  return readFileSync(path, 'utf8')
}

beforeAll(async () => {
  const database = await open(source)
  const rows = [
    { id: 1, b: 'x', c: 'y' },
    { id: 2, b: 'z', c: 'w' },
  ]
  await database.save('keyed', { rows }, { key: 'id' })
  await database.save('multiset', { rows }, { key: null })
  await database.close()
  sql(
    "UPDATE keyed SET b = x'010203' WHERE id = 1",
    // As Base64, the first is AQU=, and the second 1234.
    "INSERT INTO keyed VALUES (x'0105', 'key', 'a'), (x'd76df8', 'key', 'b')",
    "UPDATE multiset SET b = x'010203' WHERE id = 1",
    "SELECT dolt_commit('-Am', 'bytes')",
    "DELETE FROM keyed WHERE id = x'0105'",
    "SELECT dolt_commit('-Am', 'fewer bytes')",
  )
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

// Fault: 1,2,3 came out, and the copy's check, which made the same text of both sides, passed it.
test('are copied as load gives them: as Base64', async () => {
  const target = join(folder, 'target.db')
  const { branches } = await copy(source, target)
  expect(branches).toEqual(['main'])
  await using original = await open(source)
  await using copied = await open(target)
  for (const table of ['keyed', 'multiset']) expect(await text(copied, table)).toBe(await text(original, table))
  expect(await text(copied, 'keyed')).toBe('id,b,c\n1,AQID,y\n2,z,w\n1234,key,b\n')
})

// Fault: a row with bytes was blamed on whichever commit came last, since bytes were compared as objects.
test('are blamed on the commit that put them there', async () => {
  await using database = await open(source)
  await database.save('keyed', { rows: [{ id: 2, b: 'z', c: 'new' }] }, { mode: 'upsert' })
  const blamed = await database.blame('keyed')
  expect(blamed.map(({ key, commit }) => [key['id'], commit.message])).toEqual([
    [1, 'bytes'],
    [2, 'upsert keyed'],
    [Uint8Array.from([0xd7, 0x6d, 0xf8]), 'bytes'],
  ])
})

// Fault: bytes that were the same were shown as changed.
test('are no difference if they are the same', async () => {
  sql("UPDATE keyed SET c = 'edited' WHERE id = 1", "SELECT dolt_commit('-Am', 'edited')")
  const place = new Folder()
  const { out } = await place.ok(`diff keyed --columns b --db ${source}`)
  expect(out).toContain('no rows differ')
  expect((await place.ok(`diff keyed --db ${source}`)).out).toMatch(/~ id=1 +c: y → edited\n$/)
  place.remove()
})
