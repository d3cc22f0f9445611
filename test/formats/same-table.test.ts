import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { csvWriter } from '../../dist/formats/csv/index.js'
import { open, type Action, type Database, type SaveOptions } from '../../dist/index.js'
import { ODD_CELLS } from '../contract/file-format.ts'
import { ownFolder } from './files.ts'

const FORMATS = [
  'csv',
  'tsv',
  'jsonl',
  'ndjson',
  'json',
  'parquet',
  'arrow',
  'feather',
  'xlsx',
  'csv.gz',
  'tsv.gz',
  'jsonl.gz',
  'ndjson.gz',
  'json.gz',
]

const folder = ownFolder()
let db: Database
let saved: Action
const options: SaveOptions = { key: 'id', types: { zip: 'text' } }

beforeAll(async () => {
  const rows = ODD_CELLS.map((odd, index) => [
    String(index),
    odd,
    String(index * 1.5 - 20),
    (index / 4).toFixed(2),
    String(10_000 + index),
    index % 2 ? 'true' : 'false',
    `20${10 + (index % 80)}-02-28`,
    `2024-02-29T12:34:${10 + (index % 50)}.125`,
    index % 5 ? null : '9007199254740993',
  ])
  const text = csvWriter(['id', 'odd', 'r', 'price', 'zip', 'b', 'd', 'ts', 'n'])
  writeFileSync(folder.path('source.csv'), text.head() + text.rows(rows))
  db = await open(folder.path('all.db'))
  saved = await db.save('t', folder.path('source.csv'), options)
})
afterAll(async () => {
  await db.close()
  folder.remove()
})

describe.each(FORMATS)('%s', (format) => {
  const path = folder.path(`out.${format}`)

  it('holds the table, and makes the same table of it anew', async () => {
    const loaded = await db.load('t', path)
    expect(loaded).toMatchObject({ rows: ODD_CELLS.length, changed: true, tableHash: saved.tableHash })
    expect(await db.save('t', path)).toMatchObject({ changed: false, rows: ODD_CELLS.length })
    const other = await open(folder.path(`other-${format}.db`))
    const again = await other.save('t', path, options)
    await other.close()
    expect(again.tableHash).toBe(saved.tableHash)
  })

  it('is the same bytes again, which are seen to be saved already', async () => {
    const before = readFileSync(path)
    expect(await db.load('t', path, { ifChanged: true })).toMatchObject({ changed: false })
    expect(readFileSync(path).equals(before)).toBe(true)
    const again = await db.save('t', path)
    expect(again.sourceHash).toBe((await db.save('t', path)).sourceHash)
  })

  it('goes through streams, by its name', async () => {
    const pieces: Uint8Array[] = []
    const stream = new Writable({ write: (piece: Buffer, _, done) => (pieces.push(Buffer.from(piece)), done()) })
    await db.load('t', stream, { format })
    expect(Buffer.concat(pieces).equals(readFileSync(path))).toBe(true)
    expect(await db.save('t', createReadStream(path), { format })).toMatchObject({ changed: false })
  })

  it("takes a query's rows", async () => {
    const out = folder.path(`query.${format}`)
    await db.load({ sql: "SELECT id, n AS many, 'x' AS x FROM t WHERE n IS NOT NULL" }, out)
    expect(await db.save(`q_${format.replace('.', '_')}`, out, { key: 'id' })).toMatchObject({
      rows: Math.ceil(ODD_CELLS.length / 5),
    })
  })

  it('tells the line of a key that is there twice', async () => {
    const out = folder.path(`twice.${format}`)
    await db.load(
      { sql: "SELECT id, 'a' || char(10) || 'b' AS t FROM t WHERE id < 3 UNION ALL SELECT 1, 'again'" },
      out,
    )
    await expect(db.save('twice', out, { key: 'id' })).rejects.toMatchObject({
      code: 'KEY_DUPLICATE',
      data: { key: { id: '1' }, source: 0 },
    })
  })
})

it('several files of several formats are one table', async () => {
  const paths = ['jsonl', 'parquet', 'csv.gz', 'csv'].map((format, index) => {
    return { path: folder.path(`part${index}.${format}`), sql: `SELECT id, d FROM t WHERE id % 4 = ${index}` }
  })
  for (const { path, sql } of paths) await db.load({ sql }, path)
  const action = await db.save(
    'parts',
    paths.map(({ path }) => path),
    { key: 'id' },
  )
  expect(action.rows).toBe(ODD_CELLS.length)
  await expect(db.save('parts', [...paths.map(({ path }) => path), paths[1]!.path])).rejects.toMatchObject({
    code: 'KEY_DUPLICATE',
    data: { source: 4 },
  })
})

it('a file of another header is told', async () => {
  writeFileSync(folder.path('a.jsonl'), '{"id":1,"a":2}\n')
  writeFileSync(folder.path('b.jsonl'), '{"a":3,"id":4}\n{"id":5}\n')
  writeFileSync(folder.path('c.jsonl'), '{"id":1,"c":2}\n')
  // Objects have no order of members: the first file's columns come first.
  expect(await db.save('objects', [folder.path('a.jsonl'), folder.path('b.jsonl')], { key: 'id' })).toMatchObject({
    rows: 3,
  })
  await expect(db.save('other', [folder.path('a.jsonl'), folder.path('c.jsonl')], { key: 'id' })).rejects.toMatchObject(
    { code: 'HEADER_DIFFERS' },
  )
})

it('unknown formats and foreign options are refused', async () => {
  for (const [path, format] of [
    ['x.xls', undefined],
    ['x.parquet.gz', undefined],
    ['x.csv', 'yaml'],
    ['x.csv', 'parquet.gz'],
    ['x.csv', '__proto__'],
  ] as const) {
    writeFileSync(folder.path(path), 'a\n1\n')
    await expect(
      db.save('u', folder.path(path), { key: 'a', ...(format === undefined ? {} : { format }) }),
    ).rejects.toMatchObject({ code: 'FORMAT_UNKNOWN' })
  }
  for (const text of [{ delimiter: ';' }, { null: 'NA' }, { header: false }])
    await expect(db.load('t', folder.path('x.parquet'), { text })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
})

it('a load of a table that is not there leaves the file as it was', async () => {
  for (const format of FORMATS) {
    writeFileSync(folder.path(`kept.${format}`), 'kept')
    await expect(db.load('nowhere', folder.path(`kept.${format}`))).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' })
    expect(readFileSync(folder.path(`kept.${format}`), 'utf8')).toBe('kept')
  }
})

it('a sheet is chosen by name or number, and named when written', async () => {
  const book = 'test/formats/golden/xlsx/openpyxl.xlsx'
  expect(await db.save('second', book, { key: 'a', sheet: 'Zweites Blatt' })).toMatchObject({ rows: 1 })
  expect(await db.save('second', book, { sheet: 2 })).toMatchObject({ changed: false })
  await expect(db.save('second', book, { sheet: 3 })).rejects.toMatchObject({ code: 'SHEET_NOT_FOUND' })
  await db.load('second', folder.path('named.xlsx'), { sheet: 'Täbelle & <1>' })
  expect(await db.save('second', folder.path('named.xlsx'), { sheet: 'Täbelle & <1>' })).toMatchObject({
    changed: false,
  })
})

it('formulas are written as texts where that is asked for, and only there', async () => {
  await db.save(
    'f',
    {
      rows: [
        { id: 1, t: '=1+1' },
        { id: -2, t: '-x' },
      ],
    },
    { key: 'id' },
  )
  await db.load('f', folder.path('f.csv'))
  expect(readFileSync(folder.path('f.csv'), 'utf8')).toBe('id,t\n-2,-x\n1,=1+1\n')
  await db.load('f', folder.path('f.csv'), { text: { excelSafe: true } })
  expect(readFileSync(folder.path('f.csv'), 'utf8')).toBe("id,t\n-2,'-x\n1,'=1+1\n")
})
