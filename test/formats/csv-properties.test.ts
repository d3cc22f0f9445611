import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvWriter } from '../../dist/formats/csv/index.js'
import { runs } from '../properties/runs.ts'
import { cellsOrCode, csvParseCells, outcome, readAll } from './csv/read.ts'

const parameters = runs('csv-properties')

/** Text without NUL, the one character that a cell cannot hold. */
const text = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', ';', "'", '\ufeff', 'é', '£', '§', '¢', '中', '𝄞', '0'),
    }),
  )
  .map((value) => value.replaceAll('\0', ''))
const cell = fc.oneof({ weight: 3, arbitrary: text }, fc.constantFrom(null, '', 'NA', '\r', '\n', '"', '\ufeff'))
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 })
const shape = fc
  .record({
    delimiter: fc.constantFrom(',', ';', '\t', '|', ' ', '$', '\\', '中', '§', 'a'),
    quote: fc.constantFrom('"', "'", '$', '^', '£', '0'),
  })
  .filter(({ delimiter, quote }) => delimiter !== quote)
const table = fc.integer({ min: 1, max: 4 }).chain((width) =>
  fc.record({
    rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 8 }),
    columns: fc.uniqueArray(
      text.filter((name) => name !== ''),
      {
        minLength: width,
        maxLength: width,
        selector: (name) => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
      },
    ),
  }),
)

describe('what is written is read', () => {
  test('with a header', () => {
    fc.assert(
      fc.property(
        table,
        shape,
        sizes,
        fc.constantFrom('', 'NA', '\\N'),
        ({ rows, columns }, { delimiter, quote }, cuts, nullText) => {
          fc.pre(!nullText.includes(delimiter) && !nullText.includes(quote))
          const writer = csvWriter(columns, { delimiter, quote, null: nullText })
          const read = readAll(writer.head() + writer.rows(rows), { delimiter, quote, nulls: [nullText] }, cuts)
          expect(read.columns).toEqual(columns)
          expect(read.rows).toEqual(rows)
        },
      ),
      parameters,
    )
  })
  test('without a header, but for a table of one column that has nothing but NULL', () => {
    fc.assert(
      fc.property(table, shape, sizes, ({ rows, columns }, options, cuts) => {
        fc.pre(rows.length > 0 && (columns.length > 1 || rows.some(([only]) => only !== null)))
        const writer = csvWriter(columns, { ...options, header: false })
        expect(readAll(writer.head() + writer.rows(rows), { ...options, header: false }, cuts).rows).toEqual(rows)
      }),
      parameters,
    )
  })
  test('by csv-parse too', () => {
    fc.assert(
      fc.property(table, ({ rows, columns }) => {
        const writer = csvWriter(columns)
        expect(csvParseCells(writer.head() + writer.rows(rows))).toEqual([columns, ...rows])
      }),
      parameters,
    )
  })
})

const soup = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', '\r\n', '""', '"a"'), maxLength: 25 })
/** Well-formed more often than not: records of cells, each with a line end of its own. */
const csvish = fc
  .array(
    fc.tuple(
      fc.array(fc.constantFrom('', 'a', '"a"', '""', '"\n"', '"\r"', '"a""b"', ' '), { minLength: 2, maxLength: 2 }),
      fc.constantFrom('\n', '\n', '\r\n', '\r', '\n\n'),
    ),
    { maxLength: 8 },
  )
  .map((records) => records.map(([cells, end]) => cells.join(',') + end).join(''))
const input = fc.oneof(soup, csvish)

test('what is said of a file never depends on where it is cut', () => {
  const bytes = fc.oneof(
    input.map((one) => Buffer.from(one)),
    fc
      .array(
        fc.constantFrom(
          0x61,
          0x2c,
          0x22,
          0x0a,
          0x0d,
          0,
          0xc3,
          0xa9,
          0xe4,
          0xb8,
          0xad,
          0xf0,
          0x9d,
          0xff,
          0xfe,
          0xef,
          0xbb,
          0xbf,
        ),
        { maxLength: 20 },
      )
      .map((list) => Buffer.from(list)),
  )
  fc.assert(
    fc.property(bytes, sizes, fc.boolean(), (one, cuts, header) => {
      const whole = outcome(one, { header })
      expect(outcome(one, { header }, cuts)).toEqual(whole)
      for (let at = 1; at < one.length; at++) expect(outcome(one, { header }, [at, one.length])).toEqual(whole)
    }),
    parameters,
  )
})

describe('any file: refused as by csv-parse, else read to the same cells', () => {
  /**
   * Differences, each on purpose:
   * - csv-parse takes the first line end that it finds for the only one, and so reads `\n` as data in a file of `\r\n`;
   *   doltflow takes `\n` and `\r\n` in any mix, and `\r` too where it came first. csv-parse is told so (`lineEnds`).
   * - Of blank lines only, csv-parse makes no rows, or empty ones; doltflow says CSV_EMPTY.
   */
  const agrees = (one: string) => {
    const first = /\r\n|\n|\r/.exec(one.replace(/"[^"]*("|$)/g, 'q'))?.[0]
    const lineEnds = first === '\r' ? ['\r\n', '\n', '\r'] : ['\r\n', '\n']
    const blank = first === '\r' ? /^[\r\n]*$/ : /^(\r?\n)*$/
    const ours = cellsOrCode(one)
    const theirs = blank.test(one) ? undefined : csvParseCells(one, {}, lineEnds)
    if (theirs === undefined) expect(ours).toBe('CSV_EMPTY')
    else expect(Array.isArray(ours) ? ours : 'refused').toEqual(Array.isArray(theirs) ? theirs : 'refused')
  }
  test('random', () => {
    fc.assert(
      fc.property(input, (one) => agrees(one)),
      parameters,
    )
  })
  test('every text of up to 6 of the characters a , " \\n \\r', () => {
    const characters = ['a', ',', '"', '\n', '\r']
    let texts = ['']
    for (let length = 1; length <= 6; length++) {
      texts = texts.flatMap((one) => characters.map((character) => one + character))
      for (const one of texts) agrees(one)
    }
    expect(texts).toHaveLength(5 ** 6)
  }, 60_000)
  test('as csv-parse does it untold, where a file has one kind of line end', () => {
    fc.assert(
      fc.property(input, fc.constantFrom('\n', '\r\n', '\r'), (one, lineEnd) => {
        const uniform = one.replace(/\r\n|\n|\r/g, lineEnd)
        fc.pre(!/^[\r\n]*$/.test(uniform))
        const ours = cellsOrCode(uniform)
        const theirs = csvParseCells(uniform)
        expect(Array.isArray(ours) ? ours : 'refused').toEqual(Array.isArray(theirs) ? theirs : 'refused')
      }),
      parameters,
    )
  })
})
