import { readFileSync, writeFileSync } from 'node:fs'
import { tableFromIPC } from 'apache-arrow'
import { parquetMetadata, type SchemaElement } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { csvWriter } from '../../dist/formats/csv/index.js'
import { ZipReader } from '../../dist/formats/xlsx/zip-reader.js'
import { open, type Database, type Value } from '../../dist/index.js'
import { ownFolder } from './files.ts'

/* The table of types in docs/formats.md, by an example of each. */

interface Example {
  /** As in docs/formats.md. */
  type: string
  cells: [string, string]
  js: [Value, Value]
  /** What DoltLite stores them as: its typeof(). */
  stored: string
  json: [string, string]
  /** The physical and the logical type. */
  parquet: string
  arrow: string
  /** The attributes and the content of a sheet's cell. */
  xlsx: [string, string]
}

const EXAMPLES: Record<string, Example> = {
  integer: {
    type: 'integer, to 64 bits',
    cells: ['-5', '9007199254740993'],
    js: [-5, 9007199254740993n],
    stored: 'integer',
    json: ['-5', '9007199254740993'],
    parquet: 'INT64',
    arrow: 'Int64',
    xlsx: ['<v>-5</v>', 't="inlineStr"'],
  },
  real: {
    type: 'real',
    cells: ['0.1', '1e+21'],
    js: [0.1, 1e21],
    stored: 'real',
    json: ['0.1', '1e+21'],
    parquet: 'DOUBLE',
    arrow: 'Float64',
    xlsx: ['<v>0.1</v>', '<v>1e+21</v>'],
  },
  price: {
    type: 'decimal',
    cells: ['0.50', '-12.25'],
    js: [0.5, -12.25],
    stored: 'real',
    json: ['0.50', '-12.25'],
    parquet: 'INT64 DECIMAL(18,2)',
    arrow: 'Decimal[18e+2]',
    xlsx: ['s="4"><v>0.50</v>', 's="4"><v>-12.25</v>'],
  },
  text: {
    type: 'text',
    cells: ['007', ''],
    js: ['007', ''],
    stored: 'text',
    json: ['"007"', '""'],
    parquet: 'BYTE_ARRAY STRING',
    arrow: 'Utf8',
    xlsx: ['t="inlineStr"', 't="inlineStr"'],
  },
  flag: {
    type: 'boolean',
    cells: ['true', 'false'],
    js: ['true', 'false'],
    stored: 'text',
    json: ['true', 'false'],
    parquet: 'BOOLEAN',
    arrow: 'Bool',
    xlsx: ['t="b"><v>1</v>', 't="b"><v>0</v>'],
  },
  day: {
    type: 'date',
    cells: ['2024-02-29', '1899-12-31'],
    js: ['2024-02-29', '1899-12-31'],
    stored: 'text',
    json: ['"2024-02-29"', '"1899-12-31"'],
    parquet: 'INT32 DATE',
    arrow: 'Date32<DAY>',
    xlsx: ['s="1"><v>45351</v>', 't="inlineStr"'],
  },
  local: {
    type: 'timestamp',
    cells: ['2024-02-29T12:34:56', '2024-02-29T12:34:56.125001'],
    js: ['2024-02-29T12:34:56', '2024-02-29T12:34:56.125001'],
    stored: 'text',
    json: ['"2024-02-29T12:34:56"', '"2024-02-29T12:34:56.125001"'],
    parquet: 'INT64 TIMESTAMP(MICROS)',
    arrow: 'Timestamp<MICROSECOND>',
    xlsx: ['s="2"><v>45351.524259259', 't="inlineStr"'],
  },
  utc: {
    type: 'timestamp with zone',
    cells: ['2024-02-29T12:34:56Z', '2024-02-29T12:34:56.125000001Z'],
    js: ['2024-02-29T12:34:56Z', '2024-02-29T12:34:56.125000001Z'],
    stored: 'text',
    json: ['"2024-02-29T12:34:56Z"', '"2024-02-29T12:34:56.125000001Z"'],
    parquet: 'INT64 TIMESTAMP(NANOS,UTC)',
    arrow: 'Timestamp<NANOSECOND, UTC>',
    xlsx: ['t="inlineStr"', 't="inlineStr"'],
  },
  nested: {
    type: 'JSON, nested',
    cells: ['{"a":[1,null]}', '[]'],
    js: ['{"a":[1,null]}', '[]'],
    stored: 'text',
    json: ['{"a":[1,null]}', '[]'],
    parquet: 'BYTE_ARRAY STRING',
    arrow: 'Utf8',
    xlsx: ['t="inlineStr"', 't="inlineStr"'],
  },
  bytes: {
    type: 'bytes',
    cells: ['AP8=', 'AAEC'],
    js: ['AP8=', 'AAEC'],
    stored: 'text',
    json: ['"AP8="', '"AAEC"'],
    parquet: 'BYTE_ARRAY STRING',
    arrow: 'Utf8',
    xlsx: ['t="inlineStr"', 't="inlineStr"'],
  },
}
const names = Object.keys(EXAMPLES)

const folder = ownFolder()
let db: Database
beforeAll(async () => {
  const writer = csvWriter(['id', ...names])
  const rows = [0, 1].map((row) => [String(row), ...Object.values(EXAMPLES).map(({ cells }) => cells[row]!)])
  writeFileSync(folder.path('t.csv'), writer.head() + writer.rows([...rows, ['2', ...names.map(() => null)]]))
  db = await open(folder.path('types.db'))
  await db.save('t', folder.path('t.csv'), { key: 'id', types: { price: 'decimal(2)' } })
  for (const format of ['jsonl', 'parquet', 'arrow', 'xlsx']) await db.load('t', folder.path(`t.${format}`))
})
afterAll(async () => {
  await db.close()
  folder.remove()
})

describe.each(names)('%s', (name) => {
  const example = EXAMPLES[name]!
  const place = names.indexOf(name) + 1

  it('is in docs/formats.md', () => {
    expect(readFileSync('docs/formats.md', 'utf8')).toContain(`\n| ${example.type} |`)
  })

  it('is stored, and handed to JavaScript', async () => {
    const sql = `SELECT "${name}" AS cell, typeof("${name}") AS stored FROM t ORDER BY id`
    const rows: Value[][] = []
    for await (const batch of db.rows({ sql }, { as: 'batches' })) rows.push(...batch.rows)
    expect(rows.map(([, stored]) => stored)).toEqual([example.stored, example.stored, 'null'])
    const cells: Value[] = []
    for await (const batch of db.rows('t', { as: 'batches' })) cells.push(...batch.rows.map((row) => row[place]!))
    expect(cells).toEqual([...example.js, null])
  })

  it('is a value of JSON', () => {
    const lines = readFileSync(folder.path('t.jsonl'), 'utf8').split('\n')
    example.json.forEach((value, row) => expect(lines[row]).toContain(`"${name}":${value}`))
    expect(lines[2]).toContain(`"${name}":null`)
  })

  it('has its type in Parquet', () => {
    const { schema } = parquetMetadata(new Uint8Array(readFileSync(folder.path('t.parquet'))).buffer)
    expect(parquetType(schema.find((element) => element.name === name)!)).toBe(example.parquet)
  })

  it('has its type in Arrow', () => {
    const field = tableFromIPC(readFileSync(folder.path('t.arrow'))).schema.fields[place]!
    expect(String(field.type)).toBe(example.arrow)
  })

  it('is a cell of a sheet', async () => {
    let xml = ''
    for await (const bytes of (await ZipReader.open(folder.path('t.xlsx'))).bytes('xl/worksheets/sheet1.xml'))
      xml += bytes
    example.xlsx.forEach((content, row) => {
      const cell = new RegExp(`<c r="${String.fromCharCode(65 + place)}${row + 2}"(.*?)</c>`).exec(xml)![1]!
      expect(cell).toContain(content)
    })
    expect(xml).not.toContain(`r="${String.fromCharCode(65 + place)}4"`)
  })
})

function parquetType({ type, logical_type: logical, scale, precision }: SchemaElement): string {
  if (!logical) return type!
  if (logical.type === 'DECIMAL') return `${type} DECIMAL(${precision},${scale})`
  if (logical.type !== 'TIMESTAMP') return `${type} ${logical.type}`
  return `${type} TIMESTAMP(${logical.unit}${logical.isAdjustedToUTC ? ',UTC' : ''})`
}
