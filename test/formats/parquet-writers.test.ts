import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import {
  craftedHeader,
  craftedPage,
  craftedParquet,
  GZIP,
  int64s,
  LZ4,
  packedRun,
  run,
  type CraftedColumn,
  type CraftedElement,
  type CraftedPage,
} from './crafted.ts'
import { ownFolder, readHere } from './files.ts'

/*
 * Parquet files as old and other writers made them, and such as contradict themselves. What is right is what parquet-format says,
 * and what pyarrow reads.
 */

const folder = ownFolder()
afterAll(folder.remove)

/** The cells of the first column of a file. */
async function read(
  elements: CraftedElement[],
  rows: number,
  columns: CraftedColumn[],
): Promise<(string | null | undefined)[]> {
  const path = folder.path('crafted.parquet')
  writeFileSync(path, craftedParquet([{ name: 'root', children: 1 }, ...elements], rows, columns))
  return (await readHere('parquet', path)).rows.map(([cell]) => cell)
}

const OPTIONAL: CraftedElement[] = [{ name: 'a' }]
/** Three entries: 1, NULL, 2. */
const LEVELS = packedRun(1, [1, 0, 1, 0, 0, 0, 0, 0])
const EXPECTED = ['1', null, '2']

describe('pages', () => {
  const flat = (page: CraftedPage, column: Partial<CraftedColumn> = {}) =>
    read(OPTIONAL, 3, [{ path: ['a'], pages: [page], ...column }])

  it('packed by the codec LZ4: a block as it is, and blocks as Hadoop writes them', async () => {
    const { bytes } = craftedPage(3, [LEVELS], int64s(1, 2))
    expect(await flat(craftedHeader(3, lz4(bytes), bytes.length), { codec: LZ4 })).toEqual(EXPECTED)
    const parts = [bytes.subarray(0, 9), bytes.subarray(9)]
    const hadoop = Buffer.concat(
      parts.flatMap((part) => [bigEndian(part.length), bigEndian(lz4(part).length), lz4(part)]),
    )
    expect(await flat(craftedHeader(3, hadoop, bytes.length), { codec: LZ4 })).toEqual(EXPECTED)
    const cut = craftedHeader(3, hadoop.subarray(0, -1), bytes.length)
    await expect(flat(cut, { codec: LZ4 })).rejects.toThrow('LZ4 block')
  })

  it('with levels packed bit by bit, as the first writers did', async () => {
    const bytes = Buffer.concat([Buffer.from([0b1010_0000]), int64s(1, 2)])
    const page = craftedHeader(3, bytes, bytes.length)
    const header = { field_1: 3, field_2: 0, field_3: 4, field_4: 4 }
    expect(await flat({ ...page, header: { ...page.header, field_5: header } })).toEqual(EXPECTED)
  })

  it('of a chunk that does not count the header of its dictionary (parquet-mr 1.2.8)', async () => {
    expect(await flat(craftedPage(3, [LEVELS], int64s(1, 2)), { uncounted: 20 })).toEqual(EXPECTED)
  })

  it('of version 2 that say they are not packed, and are (Arrow before 3.0); and that have no values', async () => {
    const version2 = (levels: Buffer, values: Buffer, unpacked: number, isPacked: boolean): CraftedPage => {
      const bytes = Buffer.concat([levels, values])
      const page = {
        field_1: 3,
        field_2: 1,
        field_3: 3,
        field_4: 0,
        field_5: levels.length,
        field_6: 0,
        field_7: isPacked,
      }
      return { header: { field_1: 3, field_2: levels.length + unpacked, field_3: bytes.length, field_8: page }, bytes }
    }
    for (const isPacked of [false, true])
      expect(await flat(version2(LEVELS, gzipSync(int64s(1, 2)), 16, isPacked), { codec: GZIP })).toEqual(EXPECTED)
    expect(await flat(version2(LEVELS, int64s(1, 2), 16, false), { codec: GZIP })).toEqual(EXPECTED)
    expect(await flat(version2(run(3, 0), Buffer.alloc(0), 0, true), { codec: GZIP })).toEqual([null, null, null])
  })

  it('refuses a page, and a chunk, of another number of values than it says', async () => {
    const page = craftedPage(3, [LEVELS], int64s(1))
    await expect(flat(page)).rejects.toThrow('Invalid typed array length')
    const right = craftedPage(3, [LEVELS], int64s(1, 2))
    await expect(flat(right, { entries: 2 })).rejects.toThrow('2 values in a row group of 3 rows')
    await expect(flat(craftedPage(4, [LEVELS], int64s(1, 2)))).rejects.toThrow('more values than it says')
    await expect(flat(right, { type: 1 })).rejects.toThrow('is of INT64, and of INT32 in a row group')
    await expect(flat(right, { elsewhere: 'b.parquet' })).rejects.toThrow('lies in another file, b.parquet')
  })
})

describe('lists and maps', () => {
  /** Rows [1, 2], [], [3]: entries of a list that is required, with required elements. */
  const repetitions = packedRun(1, [0, 1, 0, 0, 0, 0, 0, 0])
  const definitions = packedRun(1, [1, 1, 0, 1, 0, 0, 0, 0])
  const numbers = (path: string[]): CraftedColumn => ({
    path,
    entries: 4,
    pages: [craftedPage(4, [repetitions, definitions], int64s(1, 2, 3))],
  })
  const list: CraftedElement = { name: 'a', children: 1, repetition: 0, converted: 3 }
  const repeated = (name: string, children?: number): CraftedElement => ({
    name,
    repetition: 2,
    ...(children !== undefined && { children }),
  })
  const required = (name: string): CraftedElement => ({ name, repetition: 0 })

  it.each([
    ['repeated without being a list', [repeated('a')], [['a']], ['[1,2]', '[]', '[3]']],
    ['with the elements themselves repeated', [list, repeated('x')], [['a', 'x']], ['[1,2]', '[]', '[3]']],
    [
      'in three levels',
      [list, repeated('list', 1), required('element')],
      [['a', 'list', 'element']],
      ['[1,2]', '[]', '[3]'],
    ],
    [
      'of structs of one member, called array',
      [list, repeated('array', 1), required('x')],
      [['a', 'array', 'x']],
      ['[{"x":1},{"x":2}]', '[]', '[{"x":3}]'],
    ],
    [
      'of structs of one member, called a_tuple',
      [list, repeated('a_tuple', 1), required('x')],
      [['a', 'a_tuple', 'x']],
      ['[{"x":1},{"x":2}]', '[]', '[{"x":3}]'],
    ],
    [
      'of structs of two members',
      [list, repeated('x', 2), required('y'), required('z')],
      [
        ['a', 'x', 'y'],
        ['a', 'x', 'z'],
      ],
      ['[{"y":1,"z":1},{"y":2,"z":2}]', '[]', '[{"y":3,"z":3}]'],
    ],
    [
      'a map without values, which is the list of its keys',
      [{ ...list, converted: 1 }, repeated('key_value', 1), required('key')],
      [['a', 'key_value', 'key']],
      ['[1,2]', '[]', '[3]'],
    ],
    [
      'a map',
      [{ ...list, converted: 1 }, repeated('key_value', 2), required('key'), required('value')],
      [
        ['a', 'key_value', 'key'],
        ['a', 'key_value', 'value'],
      ],
      ['{"1":1,"2":2}', '{}', '{"3":3}'],
    ],
    [
      'in a struct, as protobuf has them',
      [{ name: 'a', children: 2, repetition: 0 }, repeated('x'), repeated('y')],
      [
        ['a', 'x'],
        ['a', 'y'],
      ],
      ['{"x":[1,2],"y":[1,2]}', '{"x":[],"y":[]}', '{"x":[3],"y":[3]}'],
    ],
  ])('%s', async (_, elements, paths, expected) => {
    expect(await read(elements, 3, paths.map(numbers))).toEqual(expected)
  })

  it('the root’s own repetition means nothing (arrow-go says that it is repeated)', async () => {
    const path = folder.path('root.parquet')
    const schema = [{ name: 'root', children: 1, repetition: 2 }, ...OPTIONAL]
    writeFileSync(path, craftedParquet(schema, 3, [{ path: ['a'], pages: [craftedPage(3, [LEVELS], int64s(1, 2))] }]))
    expect((await readHere('parquet', path)).rows.map(([cell]) => cell)).toEqual(EXPECTED)
  })

  it('a struct without members', async () => {
    const elements = [
      { name: 'a', children: 2, repetition: 0 },
      { name: 'b', children: 0, repetition: 0 },
      required('c'),
    ]
    const pages = [craftedPage(2, [], int64s(1, 2))]
    expect(await read(elements, 2, [{ path: ['a', 'c'], pages }])).toEqual(['{"b":{},"c":1}', '{"b":{},"c":2}'])
  })

  it('refuses columns that disagree, and one that begins within a row', async () => {
    const elements = [list, repeated('x', 2), required('y'), required('z')]
    const others = packedRun(1, [0, 0, 0, 1, 0, 0, 0, 0])
    const other = { ...numbers(['a', 'x', 'z']), pages: [craftedPage(4, [others, definitions], int64s(1, 2, 3))] }
    await expect(read(elements, 3, [numbers(['a', 'x', 'y']), other])).rejects.toThrow('disagree')
    const late = packedRun(1, [1, 0, 0, 0, 0, 0, 0, 0])
    const pages = [craftedPage(4, [late, definitions], int64s(1, 2, 3))]
    await expect(read([repeated('a')], 3, [{ path: ['a'], entries: 4, pages }])).rejects.toThrow('begins within a row')
    await expect(read([repeated('a')], 2, [numbers(['a'])])).resolves.toEqual(['[1,2]', '[]'])
    await expect(read([repeated('a')], 4, [numbers(['a'])])).rejects.toThrow('fewer values')
  })
})

it('metadata and statistics that are odd are nothing to the cells (fastparquet 0.8 wrote values that are no text)', async () => {
  const path = folder.path('odd.parquet')
  const columns = [
    {
      path: ['a'],
      pages: [craftedPage(3, [LEVELS], int64s(1, 2))],
      statistics: { field_1: new Uint8Array([1]), field_5: 'x', field_6: new Uint8Array() },
    },
  ]
  const elements = [
    { name: 'root', children: 1 },
    { name: 'a', converted: 10 },
  ]
  writeFileSync(path, craftedParquet(elements, 3, columns, [{ field_1: 'key', field_2: 5 }, { field_1: 'only' }]))
  const { rows } = await readHere('parquet', path)
  expect(rows.map(([cell]) => cell)).toEqual(['1970-01-01T00:00:00.000001Z', null, '1970-01-01T00:00:00.000002Z'])
})

describe('types', () => {
  it('an interval is refused, as those of Arrow are: it was the Base64 of its bytes', async () => {
    const element = { name: 'a', repetition: 0, type: 7, length: 12, converted: 21 }
    const pages = [craftedPage(1, [], Buffer.alloc(12, 1))]
    await expect(read([element], 1, [{ path: ['a'], type: 7, pages }])).rejects.toMatchObject({
      code: 'FORMAT_INVALID',
      message: "The file can't be read: the column a has the type INTERVAL. Cast it in the tool that wrote the file.",
    })
  })

  it('a decimal whose scale stands in its logical type alone', async () => {
    const logical = { field_5: { field_1: 2, field_2: 9 } }
    const pages = [craftedPage(2, [], int64s(-50, 1234))]
    expect(await read([{ name: 'a', repetition: 0, logical }], 2, [{ path: ['a'], pages }])).toEqual(['-0.50', '12.34'])
  })

  it('a type that there is not, and a part of the schema without any', async () => {
    const pages = [craftedPage(1, [], int64s(1))]
    const odd = read([{ name: 'a', repetition: 0, type: 99 }], 1, [{ path: ['a'], pages }])
    await expect(odd).rejects.toThrow('the odd type 99')
    await expect(read([{ name: 'a', repetition: 9 }], 1, [{ path: ['a'], pages }])).rejects.toThrow('odd repetition 9')
  })

  it('a type that its values can’t be stored as', async () => {
    // TIMESTAMP_MICROS, of INT32.
    const element = { name: 'a', repetition: 0, type: 1, converted: 10 }
    const pages = [craftedPage(1, [], Buffer.from([1, 0, 0, 0]))]
    await expect(read([element], 1, [{ path: ['a'], type: 1, pages }])).rejects.toThrow(
      'is stored as INT32, and says that it is TIMESTAMP_MICROS',
    )
  })
})

/** A block of literals alone. */
function lz4(bytes: Buffer): Buffer {
  const head = bytes.length < 15 ? [bytes.length << 4] : [0xf0, bytes.length - 15]
  return Buffer.concat([Buffer.from(head), bytes])
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
