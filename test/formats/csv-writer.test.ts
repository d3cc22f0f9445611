import { describe, expect, test } from 'vitest'
import { csvWriter, quoteCell } from '../../dist/formats/csv/index.js'
import { readAll } from './csv/read.ts'

test('head and rows', () => {
  const writer = csvWriter(['a', 'b,c'])
  expect(writer.head()).toBe('a,"b,c"\n')
  expect(
    writer.rows([
      ['1', null],
      ['', 'x y'],
      [null, null],
    ]),
  ).toBe('1,\n"",x y\n,\n')
  expect(writer.rows([])).toBe('')
  expect(csvWriter(['a'], { header: false }).head()).toBe('')
})

describe('a cell is quoted only where it must be', () => {
  test.each([
    ['x', 'x'],
    [' x ', ' x '],
    ["it's", "it's"],
    ['a;b\tc|d', 'a;b\tc|d'],
    ['-', '-'],
    ['\\', '\\'],
    [']', ']'],
    ['^', '^'],
    ['x\ufeff', 'x\ufeff'],
    [null, ''],
    ['', '""'],
    ['a,b', '"a,b"'],
    ['a"b', '"a""b"'],
    ['"', '""""'],
    ['a\nb', '"a\nb"'],
    ['a\rb', '"a\rb"'],
    ['\ufeffx', '"\ufeffx"'],
  ])('%j is written %s', (cell, text) => {
    expect(quoteCell(cell)).toBe(text)
  })
  test.each(['-', ']', '^', '\\', '$', '.', '|', 'd', '\t', '中'])('with %s as delimiter or quote', (character) => {
    const c = character
    expect(quoteCell(`a${c}b`, { delimiter: c })).toBe(`"a${c}b"`)
    expect(quoteCell(`a${c}b`, { quote: c })).toBe(`${c}a${c}${c}b${c}`)
    expect(quoteCell('a,b', { delimiter: c })).toBe('a,b')
    expect(quoteCell('a"b', { quote: c })).toBe('a"b')
  })
})

test('a NULL text stands for NULL, and a cell of that text is quoted', () => {
  const options = { null: 'NA' }
  expect(csvWriter(['a', 'NA'], options).head()).toBe('a,"NA"\n')
  expect(csvWriter(['a', 'b', 'c'], options).rows([[null, 'NA', '']])).toBe('NA,"NA",""\n')
})

test('one column: NULL is a blank line, which is read as NULL', () => {
  const text = csvWriter(['a']).head() + csvWriter(['a']).rows([[null], [''], ['x'], [null]])
  expect(text).toBe('a\n\n""\nx\n\n')
  expect(readAll(text).rows).toEqual([[null], [''], ['x'], [null]])
})

describe('without quotes', () => {
  const writer = csvWriter(['a', 'b'], { quote: '', delimiter: '\t' })
  test('what needs none is written', () => {
    expect(writer.rows([['x,"y"', null]])).toBe('x,"y"\t\n')
  })
  test.each(['', 'a\tb', 'a\nb', 'a\rb', '\ufeff'])('%j is refused', (cell) => {
    expect(() => writer.rows([[cell, 'x']])).toThrowError(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(JSON.stringify(cell)) }),
    )
  })
})

describe('excelSafe', () => {
  test('makes texts of formulas, and leaves numbers and all else alone', () => {
    const rows = [
      '=1+1',
      '+x',
      '-x',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      '-5',
      '+5',
      '-0.5e3',
      '-',
      'a=1',
      '',
      "'=1",
      ' =1',
    ].map((cell) => [cell, null])
    expect(csvWriter(['=a', 'b'], { excelSafe: true }).head()).toBe("'=a,b\n")
    const written = csvWriter(['=a', 'b'], { excelSafe: true }).rows(rows)
    expect(written).toBe(
      `'=1+1,\n'+x,\n'-x,\n'@SUM(A1),\n'\t=1,\n"'\r=1",\n-5,\n+5,\n-0.5e3,\n'-,\na=1,\n"",\n'=1,\n =1,\n`,
    )
    expect(csvWriter(['=a'], {}).rows([['=1+1']])).toBe('=1+1\n')
  })
})
