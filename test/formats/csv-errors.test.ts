import { describe, expect, test } from 'vitest'
import { SourceError, UsageError } from '../../dist/errors.js'
import { csvSpans, csvWriter } from '../../dist/formats/csv/index.js'
import { outcome, readAll } from './csv/read.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const utf16 = (text: string) => Buffer.from(text, 'utf16le')

/** name, input, options, code, line, column, what the message says */
const refused: [string, string | Uint8Array, object, string, number, number, RegExp][] = [
  [
    'a Latin-1 byte',
    latin1('a,b\n1,2\nx,caf\xe9\n'),
    {},
    'CSV_ENCODING',
    3,
    6,
    /0xe9 is not UTF-8.*iconv -f windows-1252 -t utf-8/,
  ],
  [
    'a bad byte after wide characters',
    Buffer.concat([Buffer.from('a\n𝄞中'), latin1('\xff')]),
    {},
    'CSV_ENCODING',
    2,
    3,
    /0xff/,
  ],
  [
    'a bad byte within quotes',
    Buffer.concat([Buffer.from('a,b\n"x\ny'), latin1('\xc0\x80')]),
    {},
    'CSV_ENCODING',
    3,
    2,
    /0xc0/,
  ],
  [
    'half a surrogate pair',
    Buffer.concat([Buffer.from('a\nx'), latin1('\xed\xa0\x80\n')]),
    {},
    'CSV_ENCODING',
    2,
    2,
    /0xed/,
  ],
  ['an overlong form', Buffer.concat([Buffer.from('a\n'), latin1('\xe0\x80\x80')]), {}, 'CSV_ENCODING', 2, 1, /0xe0/],
  ['a character cut off by the end', Buffer.from('a\nxé').subarray(0, -1), {}, 'CSV_ENCODING', 2, 2, /0xc3/],
  [
    'UTF-16, little end first',
    Buffer.concat([latin1('\xff\xfe'), utf16('a,b\n')]),
    {},
    'CSV_ENCODING',
    1,
    1,
    /say UTF-16.*iconv -f utf-16 -t utf-8/,
  ],
  ['UTF-16, big end first', latin1('\xfe\xff\0a'), {}, 'CSV_ENCODING', 1, 1, /say UTF-16/],
  ['UTF-32', latin1('\xff\xfe\0\0a\0\0\0'), {}, 'CSV_ENCODING', 1, 1, /say UTF-32/],
  ['UTF-16 without a mark', utf16('a,b\n'), {}, 'CSV_NUL', 1, 2, /NUL.*UTF-16.*iconv -f utf-16le/],
  ['a NUL', 'a,b\n1,2\n3,x\0y\n', {}, 'CSV_NUL', 3, 4, /NUL.*tr -d/],
  ['a NUL within quotes', 'a,b\n"\r\n\n\0",2\n', {}, 'CSV_NUL', 4, 1, /NUL/],
  ['a NUL after a lone \\r that is data', 'a,b\n1\r2,\0\n', {}, 'CSV_NUL', 2, 5, /NUL/],
  ['a NUL after lone \\r line ends', 'a,b\r1,2\r3,\0\r', {}, 'CSV_NUL', 3, 3, /NUL/],
  [
    'the earlier of two faults: the quote',
    Buffer.concat([Buffer.from('a\nx"\n'), latin1('\xe9')]),
    {},
    'CSV_QUOTE',
    2,
    2,
    /unquoted/,
  ],
  [
    'the earlier of two faults: the byte',
    Buffer.concat([Buffer.from('a\n'), latin1('\xe9"')]),
    {},
    'CSV_ENCODING',
    2,
    1,
    /0xe9/,
  ],
  [
    'text after a closing quote',
    'a,b\n1,2\n"x" ,y\n',
    {},
    'CSV_QUOTE',
    3,
    4,
    /follows the closing quote of "\\"x\\" ".*twice \(""\)/,
  ],
  ['text after a closing quote on a later line', 'a,b\n"1\n2"3,4\n', {}, 'CSV_QUOTE', 3, 3, /follows/],
  ['a lone \\r after a closing quote', 'a\n"x"\ry\n', {}, 'CSV_QUOTE', 2, 4, /follows.*\\r/],
  ['a quote in an unquoted cell', 'a,b\nx,5" nail\n', {}, 'CSV_QUOTE', 2, 4, /within the unquoted cell "5\\""/],
  ['a quote after a space', 'a,b\nx, "y"\n', {}, 'CSV_QUOTE', 2, 4, /unquoted/],
  ['another quote character', "a\nx'y\n", { quote: "'" }, 'CSV_QUOTE', 2, 2, /unquoted/],
  ['a quote character above letters', 'a,b\nx|y,1\n', { quote: '|' }, 'CSV_QUOTE', 2, 2, /unquoted/],
  ['an unclosed quote', 'a,b\n1,2\n3,"x\ny,z\n', {}, 'CSV_QUOTE', 3, 3, /never closed: "\\"x\\ny,z/],
  ['an unclosed quote after multi-line cells', 'a,b\n"1\n2","3\n', {}, 'CSV_QUOTE', 3, 4, /never closed/],
  ['an unclosed quote at the very end', 'a,b\n1,"', {}, 'CSV_QUOTE', 2, 3, /never closed/],
  ['an unclosed quote in the header', '"a,b\n1,2\n', {}, 'CSV_QUOTE', 1, 1, /never closed/],
  [
    'a row too short',
    'a,b,c\n1,2,3\n4,5\n',
    {},
    'CSV_RAGGED',
    3,
    1,
    /has 2 cells where the first record has 3: "4,5"\. Write the missing/,
  ],
  ['a row too short at the end of the file', 'a,b,c\n4,5', {}, 'CSV_RAGGED', 2, 1, /2 cells.*"4,5"/],
  ['a row of one cell', 'a,b\n1;2\n', {}, 'CSV_RAGGED', 2, 1, /1 cell where.*Is the delimiter/],
  [
    'a row too long',
    'a,b\n\n"x\ny",1\n1,2,3\r\n',
    {},
    'CSV_RAGGED',
    5,
    1,
    /3 cells where the first record has 2: "1,2,3"\. Quote/,
  ],
  ['a ragged row that spans lines', 'a,b\n"x\ny"\n', {}, 'CSV_RAGGED', 2, 1, /1 cell/],
  ['a ragged row without a header', '1,2\n3\n', { header: false }, 'CSV_RAGGED', 2, 1, /1 cell/],
  ['a NULL text that is no blank line', 'a,b\nNA\n', { nulls: ['NA'] }, 'CSV_RAGGED', 2, 1, /1 cell/],
  ['no bytes', '', {}, 'CSV_EMPTY', 1, 1, /first line with the names/],
  ['a byte order mark only', '\ufeff', {}, 'CSV_EMPTY', 1, 1, /empty/],
  ['blank lines only', '\n\r\n', {}, 'CSV_EMPTY', 1, 1, /empty/],
  ['blank lines only, without a header', '\n\n', { header: false }, 'CSV_EMPTY', 1, 1, /one row that is not blank/],
  ['a column without a name', 'a,,c\n', {}, 'COLUMN_EMPTY', 1, 3, /column 2 has no name/],
  ['a quoted empty name', '\n"x,\ny",""\n', {}, 'COLUMN_EMPTY', 3, 4, /column 2 has no name/],
  ['a delimiter too many', 'a,b,\n', {}, 'COLUMN_EMPTY', 1, 5, /column 3 has no name/],
  ['two columns of one name', 'id,b,id\n', {}, 'COLUMN_DUPLICATE', 1, 6, /columns 1 and 3 are both named "id"/],
  [
    'two names that differ in case',
    'x,Id,ID\n',
    {},
    'COLUMN_DUPLICATE',
    1,
    6,
    /columns 2 and 3 are named "Id" and "ID".*case/,
  ],
]

describe('refused files', () => {
  test.each(refused)('%s', (_, input, options, code, line, column, message) => {
    let thrown: unknown
    try {
      readAll(input, options)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(SourceError)
    expect(thrown).toMatchObject({ code, data: { line, column }, retryable: false })
    expect((thrown as Error).message).toMatch(message)
    if (code !== 'CSV_EMPTY') expect((thrown as Error).message).toMatch(new RegExp(`^Line ${line}, column ${column}: `))
    expect(JSON.parse(JSON.stringify((thrown as SourceError).data))).toEqual((thrown as SourceError).data)
  })
  test.each(refused)('%s, cut anywhere', (_, input, options) => {
    const whole = outcome(input, options)
    for (const sizes of [[1], [2], [3], [5], [1, 7]]) expect(outcome(input, options, sizes)).toEqual(whole)
  })
})

test('the data of each code, whole', () => {
  const data = (input: string | Uint8Array) => (outcome(input) as { data: unknown }).data
  expect(data('a,b\n1\n')).toEqual({ line: 2, column: 1, expected: 2, found: 1, value: '1' })
  expect(data('a,A\n')).toEqual({ line: 1, column: 3, names: ['a', 'A'], positions: [1, 2] })
  expect(data('a,\n')).toEqual({ line: 1, column: 3, position: 2 })
  expect(data('a\nx"')).toEqual({ line: 2, column: 2, value: 'x"' })
  expect(data(latin1('a\n\xe9'))).toEqual({ line: 2, column: 1, byte: '0xe9' })
  expect(data(latin1('\xef\xbb\xbf\xff'))).toEqual({ line: 1, column: 1, byte: '0xff' })
  expect(data(latin1('\xff\xfea\0'))).toEqual({ line: 1, column: 1, byte: '0xff', encoding: 'UTF-16' })
})

test('a message shows 40 characters of a value, control characters escaped', () => {
  const message = (input: string) => {
    try {
      readAll(input)
    } catch (error) {
      return (error as Error).message
    }
    return ''
  }
  expect(message(`a,b\n"\u001b[31m\u0085\u202e${'x'.repeat(100)}"\n`)).toContain(
    `"\\"\\u001b[31m\\u0085\\u202e${'x'.repeat(32)}…"`,
  )
  expect(message(`a,b\n${'𝄞'.repeat(100)}\n`)).toContain(`"${'𝄞'.repeat(40)}…"`)
  expect(message(`a,b\n${'𝄞'.repeat(40)}\n`)).toContain(`"${'𝄞'.repeat(40)}"`)
})

describe('a record without an end', () => {
  const piece = Buffer.alloc(2 ** 24, 'x')
  test.each([
    ['quote', 'a,b\n1,2\n3,"', 'CSV_QUOTE', 3, 3],
    ['row', 'a,b\n1,2\n3,', 'CSV_RAGGED', 3, 1],
  ])(
    'an endless %s is refused before memory runs out',
    (_, head, code, line, column) => {
      const reader = csvSpans({})
      let pushed = 0
      const endless = () => {
        reader.push(Buffer.from(head))
        for (; pushed < 40; pushed++) reader.push(piece)
      }
      expect(endless).toThrowError(expect.objectContaining({ code, data: expect.objectContaining({ line, column }) }))
      expect(pushed).toBeLessThan(20)
    },
    60_000,
  )
})

describe('options', () => {
  test.each([
    [{ delimiter: '' }, 'delimiter'],
    [{ delimiter: ',,' }, 'delimiter'],
    [{ delimiter: '\n' }, 'delimiter'],
    [{ delimiter: '\r' }, 'delimiter'],
    [{ delimiter: '\0' }, 'delimiter'],
    [{ delimiter: '\ufeff' }, 'delimiter'],
    [{ delimiter: '\ud834' }, 'delimiter'],
    [{ delimiter: '𝄞' }, 'delimiter'],
    [{ delimiter: 5 as unknown as string }, 'delimiter'],
    [{ delimiter: '"' }, 'quote'],
    [{ quote: ',' }, 'quote'],
    [{ quote: '""' }, 'quote'],
    [{ quote: '\n' }, 'quote'],
    [{ quote: '\ufeff' }, 'quote'],
  ])('%j is refused by both sides', (options, option) => {
    const refusal = expect.objectContaining({ code: 'OPTION_INVALID', data: expect.objectContaining({ option }) })
    expect(() => csvSpans(options)).toThrowError(refusal)
    expect(() => csvWriter(['a'], options)).toThrowError(refusal)
    expect(() => csvSpans(options)).toThrowError(UsageError)
  })
  test.each([[{ nulls: 'NA' as unknown as string[] }], [{ nulls: [1] as unknown as string[] }]])(
    '%j is refused',
    (options) => {
      expect(() => csvSpans(options)).toThrowError(expect.objectContaining({ code: 'OPTION_INVALID' }))
    },
  )
  test.each(['a,b', 'a"', 'a\n', '\r', '\ufeff'])('the NULL text %j is refused', (text) => {
    expect(() => csvWriter(['a'], { null: text })).toThrowError(
      expect.objectContaining({ code: 'OPTION_INVALID', data: { option: 'null', value: text } }),
    )
  })
})
