import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SpanReader, TextCell, TextReadOptions, TextWriter, TextWriteOptions } from '../../dist/formats/format.js'
import { cell, runs } from '../properties/kit.ts'

/** A text format: how it is read and written. */
export interface FormatUnderTest {
  name: string
  reader(options?: TextReadOptions): SpanReader
  writer(columns: readonly string[], options?: TextWriteOptions): TextWriter
  /** A file with the columns `a` and `b` and one row `1`, `x`, as people write it. */
  sample: string
  /** Files that are refused, with the code. */
  refused: [string, string][]
}

interface Read {
  columns: string[] | undefined
  rows: TextCell[][]
  lines: number[]
}

/** What every text format must do. */
export function formatContract(format: FormatUnderTest): void {
  /** Reads a file cut into chunks of these sizes; the chunks are spoiled once they are read. */
  function read(text: string | Uint8Array, sizes: number[] = [], options?: TextReadOptions): Read {
    const reader = format.reader(options)
    const bytes = Buffer.from(text as string)
    const result: Read = { columns: undefined, rows: [], lines: [] }
    const take = (batch: ReturnType<SpanReader['push']>) => {
      if (!batch) return
      const width = reader.columns!.length
      expect(batch.spans).toHaveLength(batch.rows * width * 2)
      for (let row = 0; row < batch.rows; row++) {
        const at = (column: number) => (row * width + column) * 2
        result.rows.push(
          reader.columns!.map((_, column) =>
            batch.spans[at(column)] === -1
              ? null
              : batch.bytes.toString('utf8', batch.spans[at(column)], batch.spans[at(column) + 1]),
          ),
        )
        result.lines.push(batch.lines?.[row] ?? batch.firstLine + row)
      }
    }
    for (let from = 0, turn = 0; from < bytes.length; turn++) {
      const chunk = Buffer.from(bytes.subarray(from, from + (sizes[turn % sizes.length] ?? bytes.length)))
      take(reader.push(chunk))
      from += chunk.length
      chunk.fill(0x22)
    }
    take(reader.end())
    result.columns = reader.columns
    return result
  }

  describe(`format ${format.name}`, () => {
    test('reads a file, and knows the columns once it has seen them', () => {
      expect(read(format.sample)).toMatchObject({ columns: ['a', 'b'], rows: [['1', 'x']] })
      expect(format.reader().columns).toBeUndefined()
    })
    test('a file without rows has columns', () => {
      expect(read(format.writer(['a', 'b']).head())).toEqual({ columns: ['a', 'b'], rows: [], lines: [] })
    })
    test.each(format.refused)('refuses %j: %s, with its place', (text, code) => {
      let thrown: unknown
      try {
        read(text)
      } catch (error) {
        thrown = error
      }
      expect(thrown).toMatchObject({
        name: 'SourceError',
        code,
        data: { line: expect.any(Number), column: expect.any(Number) },
      })
    })
    test('what is written is read, however it is cut, and NULL is not the empty text', () => {
      const tables = fc
        .integer({ min: 1, max: 4 })
        .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 6 }))
      fc.assert(
        fc.property(tables, fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 }), (rows, sizes) => {
          const columns = (rows[0] ?? ['']).map((_, index) => `c ${index}`)
          const writer = format.writer(columns)
          const whole = writer.head() + writer.rows(rows)
          const result = read(whole, sizes)
          expect([result.columns, result.rows]).toEqual([columns, rows])
          expect(result.lines).toEqual(result.lines.toSorted((a, b) => a - b))
          expect(rows.map((row) => writer.rows([row])).join('')).toBe(writer.rows(rows))
        }),
        runs(`format ${format.name}`),
      )
    })
    test('a long cell across many chunks', () => {
      const long = 'x"\n,\t'.repeat(20_000)
      const writer = format.writer(['a', 'b'])
      expect(
        read(
          writer.head() +
            writer.rows([
              ['1', long],
              [long, '2'],
            ]),
          [997],
        ).rows,
      ).toEqual([
        ['1', long],
        [long, '2'],
      ])
    })
    test('without a header the columns are numbered', () => {
      const writer = format.writer(['a', 'b'], { header: false })
      expect(writer.head()).toBe('')
      expect(read(writer.rows([['1', '2']]), [], { header: false })).toMatchObject({
        columns: ['c1', 'c2'],
        rows: [['1', '2']],
      })
    })
    test('NULL may be spelled', () => {
      const writer = format.writer(['a', 'b'], { null: 'NA' })
      expect(read(writer.head() + writer.rows([['NA', null]]), [], { nulls: ['NA'] }).rows).toEqual([['NA', null]])
    })
  })
}
