import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { TextCell } from '../../dist/formats/format.js'
import { DoltflowError } from '../../dist/index.js'
import { ownFolder, readCells, readHere, writeHere } from '../formats/files.ts'
import { patience, runs } from '../properties/runs.ts'

/** What a contract is told of a file format. */
export interface FormatUnderTest {
  name: string
  /** Whether a file without rows has columns. */
  keepsEmpty: boolean
  /** Whether a file that is cut at any place is refused; a text of one row a line is whole after each of them. */
  refusesCut: boolean
}

/** Texts that are easily taken for something else. */
export const ODD_CELLS: TextCell[] = [
  null,
  '',
  ' ',
  'a',
  '0',
  '-0',
  '00',
  '007',
  '1',
  '-1',
  '1.0',
  '1.50',
  '0.5',
  '.5',
  '5.',
  '+1',
  '1e5',
  '1E5',
  '1e+21',
  '1e21',
  '5e-324',
  '1e-7',
  '9007199254740993',
  '-9223372036854775808',
  '9223372036854775807',
  '9223372036854775808',
  '12345678901234567890123',
  '0.1',
  '0.30000000000000004',
  '123456789012345',
  '1234567890123456',
  'NaN',
  'Infinity',
  'null',
  'NULL',
  'true',
  'false',
  'True',
  'TRUE',
  'tru',
  '2024-02-29',
  '2023-02-29',
  '0000-01-01',
  '1899-12-31',
  '1900-02-28',
  '1900-02-29',
  '1900-03-01',
  '9999-12-31',
  '2024-2-9',
  '20240209',
  '2024-02-29T12:34:56',
  '2024-02-29T12:34:56Z',
  '2024-02-29T12:34:56.5',
  '2024-02-29T12:34:56.500',
  '2024-02-29T12:34:56.500000',
  '2024-02-29T12:34:56.123456',
  '2024-02-29T12:34:56.123456789',
  '2024-02-29 12:34:56',
  '2024-02-29T00:00:00',
  '2024-02-29T24:00:00',
  '1600-01-01T00:00:00.123456789',
  '12:34:56',
  '{}',
  '[]',
  '[1,2]',
  '[1, 2]',
  '{"a":{"b":[null,1.50,"é\\n"]}}',
  '{"a":1,}',
  '{"a":"\\u00e9"}',
  '"x"',
  "'",
  '"',
  '\\',
  '\\n',
  'a\nb',
  'a\r\nb',
  '\r',
  '\t',
  ',',
  ';',
  '=1+1',
  '@x',
  '<b>&amp;</b>',
  ']]>',
  '_x000D_',
  '_x005F_x000D_',
  '\u0001',
  '\u001f',
  '\u007f',
  '\u0085',
  '\u2028',
  '\ufeff',
  '\ufffd',
  '\ufffe',
  '\uffff',
  'é',
  '日本語',
  '😀',
  'e\u0301',
]

const cell: fc.Arbitrary<TextCell> = fc.oneof(
  fc.constantFrom(...ODD_CELLS),
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.double().map(String),
  fc
    .date({ noInvalidDate: true, min: new Date('0000-01-01'), max: new Date('9999-12-31') })
    .map((date) => date.toISOString()),
  fc.json(),
)

/** Columns of one kind are written with a type of their own. */
export const aColumn: fc.Arbitrary<(index: number) => TextCell> = fc
  .oneof(
    fc.array(cell, { minLength: 1, maxLength: 20 }),
    fc.array(fc.oneof(fc.constant(null), fc.maxSafeInteger().map(String)), { minLength: 1 }),
    fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), { minLength: 1 }),
    fc.array(fc.constantFrom('true', 'false', null), { minLength: 1 }),
    fc.array(
      fc
        .date({ noInvalidDate: true, min: new Date('0000-01-01'), max: new Date('9999-12-31') })
        .map((date) => date.toISOString().slice(0, 10)),
      { minLength: 1 },
    ),
    fc.array(
      fc
        .date({ noInvalidDate: true, min: new Date('1500-01-01'), max: new Date('9999-12-31') })
        .map((date) => date.toISOString().slice(0, 19)),
      { minLength: 1 },
    ),
  )
  .map((cells) => (index: number) => cells[index % cells.length]!)

/** What every file format must do. */
export function formatContract({ name, keepsEmpty, refusesCut }: FormatUnderTest): void {
  const folder = ownFolder()
  afterAll(folder.remove)
  const path = folder.path(`file.${name}`)
  const roundTrip = async (columns: Parameters<typeof writeHere>[2], rows: TextCell[][], page?: number) => {
    await writeHere(name, path, columns, rows, page === undefined ? {} : { page })
    return readHere(name, path)
  }

  describe(`the format ${name}`, () => {
    it('gives odd cells back as they were, all of them in one column', async () => {
      const rows = ODD_CELLS.map((odd, index) => [String(index), odd])
      expect(await roundTrip(['id', 'odd'], rows)).toMatchObject({ columns: ['id', 'odd'], rows })
    })

    it('gives odd cells back as they were, each in a column of its own', async () => {
      const columns = ODD_CELLS.map((_, index) => `c${index}`)
      const rows = [
        ['1', ...ODD_CELLS],
        ['2', ...ODD_CELLS.map(() => null)],
        ['3', ...ODD_CELLS],
      ]
      expect(await roundTrip(['id', ...columns], rows)).toMatchObject({ rows })
    })

    it('gives cells of pinned types back as they were', async () => {
      const columns = [
        { name: 'id', type: 'any' },
        { name: 'price', type: 'decimal(2)' },
        { name: 'zip', type: 'text' },
      ] as const
      const rows = [
        ['1', '0.50', '10001'],
        ['2', '-12.00', '02134'],
        ['3', '9999999999999.99', 'true'],
        ['4', null, '2024-01-01'],
      ]
      expect(await roundTrip(columns, rows)).toMatchObject({ rows })
      const odd = [...rows, ['5', '1.5', ''], ['6', 'n/a', '[1]']]
      expect(await roundTrip(columns, odd)).toMatchObject({ rows: odd })
    })

    it('takes any table of texts', { timeout: patience }, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(aColumn, { minLength: 1, maxLength: 5 }),
          fc.integer({ min: 1, max: 40 }),
          async (columns, count) => {
            const rows = Array.from({ length: count }, (_, index) => [
              String(index),
              ...columns.map((cells) => cells(index)),
            ])
            const names = ['id', ...columns.map((_, index) => `column ${index}`)]
            expect((await roundTrip(names, rows, 7)).rows).toEqual(rows)
          },
        ),
        { ...runs(`format ${name}`), numRuns: Math.ceil(runs(name).numRuns / 3) },
      )
    })

    it('takes names of columns that JavaScript objects have of their own', async () => {
      const columns = [
        'id',
        '__proto__',
        'constructor',
        'toString',
        'hasOwnProperty',
        'a.b',
        'a b',
        '"',
        'é',
        '1',
        'length',
      ]
      const rows = [columns.map((_, index) => String(index)), columns.map((_, index) => (index === 0 ? 'x' : null))]
      expect(await roundTrip(columns, rows)).toMatchObject({ columns, rows })
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    })

    it('reads more rows than a batch has, and tells their lines', async () => {
      const rows = Array.from({ length: 30_000 }, (_, index) => [
        String(index),
        index % 3 === 0 ? null : `text ${index}`,
        String(index / 4),
      ])
      const read = await roundTrip(['id', 't', 'r'], rows, 5000)
      expect(read.rows).toEqual(rows)
      expect(read.lines.at(-1)! - read.lines[0]!).toBe(29_999)
    })

    it('writes the same bytes again', async () => {
      const rows = ODD_CELLS.map((odd, index) => [String(index), odd])
      await writeHere(name, path, ['id', 'odd'], rows)
      const first = readFileSync(path)
      await writeHere(name, path, ['id', 'odd'], rows, { page: 3 })
      expect(readFileSync(path).equals(first)).toBe(true)
    })

    it('keeps the columns of a table without rows, or says that it has none', async () => {
      if (keepsEmpty) expect(await roundTrip(['a', 'b'], [])).toEqual({ columns: ['a', 'b'], rows: [], lines: [] })
      else expect(await codeOf(roundTrip(['a', 'b'], []))).toBe('FORMAT_INVALID')
    })

    it('takes the texts that mean NULL', async () => {
      await writeHere(
        name,
        path,
        ['id', 'a'],
        [
          ['1', 'NA'],
          ['2', 'b'],
          ['3', '-'],
        ],
      )
      expect((await readHere(name, path, { nulls: ['NA', '-'] })).rows).toEqual([
        ['1', null],
        ['2', 'b'],
        ['3', null],
      ])
    })

    it.each([
      ['nothing', ''],
      ['a brace', '{'],
      ['the beginning of Parquet', 'PAR1'],
      ['the beginning of ZIP', 'PK\u0003\u0004'],
      ['zeros', '\0'.repeat(5000)],
      ['a page', '<html>'],
      ['CSV', 'a,b\n1,2\n'],
    ])('refuses %s', async (_, text) => {
      writeFileSync(path, text)
      expect(await codeOf(readCells(name, path))).toBe('FORMAT_INVALID')
    })

    it('refuses a file that was cut, and survives one whose bytes were changed', { timeout: 240_000 }, async () => {
      const rows = ODD_CELLS.map((odd, index) => [String(index), odd, String(index / 7), '2024-01-01'])
      await writeHere(name, path, ['id', 'odd', 'r', 'd'], rows)
      const whole = readFileSync(path)
      for (let part = 1; part < 8; part++) {
        writeFileSync(path, whole)
        truncateSync(path, Math.floor((whole.length * part) / 8))
        const code = await codeOf(readCells(name, path))
        if (refusesCut || code !== undefined) expect(code).toBe('FORMAT_INVALID')
      }
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.tuple(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), fc.integer({ min: 0, max: 255 })),
            { minLength: 1, maxLength: 6 },
          ),
          async (changes) => {
            const bytes = Buffer.from(whole)
            for (const [place, byte] of changes) bytes[Math.floor(place * bytes.length)] = byte
            writeFileSync(path, bytes)
            expect([
              undefined,
              'FORMAT_INVALID',
              'FORMAT_LIMIT',
              'FORMAT_CANNOT_HOLD',
              'COLUMN_EMPTY',
              'COLUMN_DUPLICATE',
              'SHEET_NOT_FOUND',
            ]).toContain(await codeOf(readCells(name, path)))
          },
        ),
        { ...runs(`format ${name}, changed`), numRuns: 10 },
      )
    })
  })
}

/** The code of a refusal; undefined where there is none. */
async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof DoltflowError) return error.code
    throw error
  }
}
