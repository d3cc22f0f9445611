import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { load } from '../../dist/cli/commands/load.js'
import { save } from '../../dist/cli/commands/save.js'
import { FORMAT_NAMES } from '../../dist/formats/index.js'
import { Folder, words } from './cli.js'

const TEXTS = FORMAT_NAMES.filter((name) => !['parquet', 'arrow', 'xlsx'].includes(name))
const BINARY = [...FORMAT_NAMES.filter((name) => !TEXTS.includes(name)), ...TEXTS.map((name) => `${name}.gz`)]

let folder: Folder
const read = (name: string): Buffer => readFileSync(join(folder.path, name))
beforeAll(async () => {
  folder = new Folder()
  folder.write('foo.csv', 'id,price,t\n1,0.50,=1+1\n2,12.00,\n')
  await folder.ok('init')
  await folder.ok('save foo foo.csv --key id')
})
afterAll(() => folder.remove())

describe.each([...FORMAT_NAMES, ...TEXTS.map((name) => `${name}.gz`)])('%s', (format) => {
  it('is loaded by its extension and by --format, and saved as it was', async () => {
    const file = `out.${format}`
    const { json } = await folder.ok(`load foo ${file} --json`)
    expect(json).toMatchObject({ kind: 'load', table: 'foo', rows: 2, changed: true })
    expect(json.file).toMatch(new RegExp(`out.${format.replace('.', '\\.')}$`))
    const streamed = await folder.ok(`load foo - --format ${format} --json`)
    expect(streamed.bytes.equals(read(file))).toBe(true)
    expect(JSON.parse(streamed.err)).toMatchObject({ kind: 'load', table: 'foo', rows: 2, file: null })
    expect((await folder.ok(`save foo ${file}`)).out).toContain('unchanged')
    expect((await folder.ok(`save foo - --format ${format}`, { stdin: read(file) })).out).toContain('unchanged')
  })
})

it.each(['jsonl', 'parquet', 'xlsx'])("%s takes a query's rows", async (format) => {
  const sql = 'SELECT id, price * 2 AS twice, NULL AS empty FROM foo WHERE id > 1'
  expect((await folder.run(['load', '--sql', sql, `query.${format}`])).code).toBe(0)
  await folder.ok(`save q_${format} query.${format} --key id`)
  expect((await folder.ok(`load q_${format}`)).out).toBe('id,twice,empty\n2,24,\n')
})

it.each(BINARY)('a terminal is not shown %s', async (format) => {
  for (const line of [`load foo --format ${format}`, `load foo - --format ${format}`]) {
    const { code, err, out } = await folder.run(words(line), { tty: true })
    expect(err).toContain('name a FILE')
    expect({ code, out }).toEqual({ code: 2, out: '' })
  }
})

it('a file is written, whatever standard output is', async () => {
  await folder.ok('load foo file.parquet', { tty: true })
  expect((await folder.ok('save foo file.parquet')).out).toContain('unchanged')
})

it.each(TEXTS)('a terminal is shown %s where it is asked for', async (format) => {
  const { bytes } = await folder.ok(`load foo --format ${format}`, { tty: { stdout: true } })
  await folder.ok(`load foo shown.${format}`)
  expect(bytes.equals(read(`shown.${format}`))).toBe(true)
})

it('--excel-safe makes formulas texts, and is off by default', async () => {
  expect((await folder.ok('load foo')).out).toContain('1,0.50,=1+1\n')
  expect((await folder.ok('load foo --excel-safe')).out).toContain("1,0.50,'=1+1\n")
  expect((await folder.ok('load foo - --excel-safe --format tsv')).out).toContain("1\t0.50\t'=1+1\n")
  expect((await folder.run(['load', '--sql', 'SELECT \'@x\' AS "=a"', '--excel-safe'])).out).toBe("'=a\n'@x\n")
})

it('--sheet names a sheet, or numbers it', async () => {
  await folder.ok('load foo book.xlsx --sheet Prices')
  for (const sheet of ['Prices', '1']) expect((await folder.ok(`save foo book.xlsx --sheet ${sheet}`)).code).toBe(0)
  const { code, err } = await folder.run(words('save foo book.xlsx --sheet 2'))
  expect(err).toMatch(/^error SHEET_NOT_FOUND: .*Prices/)
  expect(code).toBe(1)
  // A name goes before a number.
  await folder.ok('load foo book.xlsx --sheet 7')
  expect((await folder.ok('save foo book.xlsx --sheet 7')).out).toContain('unchanged')
})

it.each([
  ['load foo x.parquet --delimiter ;', 'delimiter'],
  ['load foo x.jsonl --null NA', 'null'],
  ['load foo x.xlsx --excel-safe', 'excelSafe'],
  ['load foo x.csv --sheet A', 'sheet'],
  ['save foo foo.csv --sheet A', 'sheet'],
  ['save foo - --format json --quote x', 'quote'],
  ['save foo out.parquet --no-header', 'header'],
])('%s: an option that would do nothing is refused', async (line, option) => {
  const { code, err } = await folder.run(words(line))
  expect(err).toContain(`The option ${option} means nothing to the format`)
  expect(code).toBe(2)
})

it('a pipe is read in every format', async () => {
  for (const format of ['parquet', 'json', 'csv.gz']) {
    await folder.ok(`load foo piped.${format}`)
    const [pipe, file] = [`pipe.${format}`, `piped.${format}`].map((name) => join(folder.path, name)) as [
      string,
      string,
    ]
    execFileSync('mkfifo', [pipe])
    const writer = spawn('cp', [file, pipe], { stdio: 'ignore' })
    const ended = new Promise((resolve) => writer.once('exit', resolve))
    expect((await folder.ok(`save foo pipe.${format}`)).out).toContain('unchanged')
    expect(await ended).toBe(0)
  }
})

it('the help of load and save names each format', () => {
  for (const { options } of [load, save])
    for (const name of FORMAT_NAMES) expect(options['format']!.about).toMatch(new RegExp(`\\b${name}\\b`))
})

it('CSV and TSV are not one source, whatever else is', async () => {
  folder.write('b.tsv', 'id\tprice\tt\n3\t1.00\tx\n')
  const { code, err } = await folder.run(words('save foo foo.csv b.tsv'))
  expect(err).toContain('csv and tsv')
  expect(code).toBe(2)
  await folder.ok('load foo b.parquet')
  const both = await folder.run(words('save both b.parquet b.tsv --key id'))
  expect(both.out).toContain('both: 3 rows')
})
