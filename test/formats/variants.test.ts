import { writeFileSync } from 'node:fs'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ownFolder, readHere } from './files.ts'

let folder: ReturnType<typeof ownFolder>

beforeAll(() => {
  folder = ownFolder()
})
afterAll(() => folder.remove())

/** The cells of a Parquet column that has these values as variants. */
async function variants(...values: unknown[]): Promise<(string | null)[]> {
  const path = folder.path('variants.parquet')
  writeFileSync(path, Buffer.from(parquetWriteBuffer({ columnData: [{ name: '2', data: values, type: 'VARIANT' }] })))
  return (await readHere('parquet', path)).rows.map(([cell]) => cell!)
}

it('reads variants as JSON', async () => {
  expect(await variants({ b: [1, null, 'x'], a: { c: true } }, 'text', 1.5, null, [])).toEqual([
    '{"a":{"c":true},"b":[1,null,"x"]}',
    '"text"',
    '1.5',
    null,
    '[]',
  ])
})

it('reads a variant with a name that JavaScript’s objects have of their own', async () => {
  const odd = JSON.parse('{"__proto__":{"a":1},"a":null,"constructor":[]}') as unknown
  expect(await variants({ a: 1 }, odd)).toEqual(['{"a":1}', '{"__proto__":{"a":1},"a":null,"constructor":[]}'])
})
