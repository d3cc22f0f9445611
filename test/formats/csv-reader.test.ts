import { describe, expect, test } from 'vitest'
import { csvSpans } from '../../dist/formats/csv/index.js'
import { RecordScanner } from '../../dist/formats/csv/scan.js'
import { readAll, textReader } from './csv/read.ts'

const rows = (input: string | Uint8Array, options = {}) => readAll(input, options).rows

describe('cells', () => {
  test('a bare empty cell is NULL, a quoted one is empty', () => {
    expect(rows('a,b,c\n,"",x\n')).toEqual([[null, '', 'x']])
  })
  test('an unquoted text of nulls is NULL, a quoted one is not', () => {
    expect(rows('a,b,c\nNA,"NA",NAN\n-,"-",\n', { nulls: ['NA', '-'] })).toEqual([
      [null, 'NA', 'NAN'],
      [null, '-', null],
    ])
  })
  test('nulls do not touch the header', () => {
    expect(readAll('NA,b\nNA,1\n', { nulls: ['NA'] })).toMatchObject({ columns: ['NA', 'b'], rows: [[null, '1']] })
  })
  test('nulls do touch the first row of a file without a header', () => {
    expect(rows('NA,b\n', { nulls: ['NA'], header: false })).toEqual([[null, 'b']])
  })
  test('quotes hold delimiters, doubled quotes and line ends as they are', () => {
    expect(rows('a,b\n"x,""y""","1\r\n2\n3\r4"\n')).toEqual([['x,"y"', '1\r\n2\n3\r4']])
  })
  test('spaces are data', () => {
    expect(rows('a,b\n x , \n')).toEqual([[' x ', ' ']])
  })
  test('another delimiter and another quote', () => {
    expect(rows("a;b\n'x;''y''';\"\n", { delimiter: ';', quote: "'" })).toEqual([["x;'y'", '"']])
  })
  test.each(['$', '^', '\\', '.', '|', '£', '中'])(
    'the quote and the delimiter %s have no other meaning',
    (character) => {
      const q = character
      expect(rows(`a,b\n${q}x${q}${q}y${q},${q}${q}\n`, { quote: q })).toEqual([[`x${q}y`, '']])
      expect(rows(`a${q}b\n"x${q}y"${q}\n`, { delimiter: q })).toEqual([[`x${q}y`, null]])
    },
  )
  test.each([
    ['§', '£'],
    ['中', '丮'],
    ['é', '"'],
    [',', '\uffff'],
  ])('separators of several bytes, that begin alike and occur in part: %s and %s', (delimiter, quote) => {
    const [d, q] = [delimiter, quote]
    const input = `a${d}b\n¢丯${d}${q}${q}${q}x¢${q}${q}${d}\ufffd${q}\n${q}${q}${d}ê\n`
    const wanted = [
      ['¢丯', `${q}x¢${q}${d}\ufffd`],
      ['', 'ê'],
    ]
    for (const sizes of [[], [1], [2], [3]]) expect(readAll(input, { delimiter, quote }, sizes).rows).toEqual(wanted)
  })
  test('texts of nulls are told apart by all their bytes; half a surrogate pair is none', () => {
    const nulls = ['né', 'no', '\ud800', '']
    expect(rows('a,b,c,d\nné,nè,no,\ufffd\nn,nob,"no",ono\n', { nulls })).toEqual([
      [null, 'nè', null, '\ufffd'],
      ['n', 'nob', 'no', 'ono'],
    ])
  })
  test('without quoting a quote is text', () => {
    expect(rows('a,b\n"x,5" nail\n', { quote: '' })).toEqual([['"x', '5" nail']])
  })
  test('no final newline, and a final empty cell', () => {
    expect(rows('a,b\n1,')).toEqual([['1', null]])
    expect(rows('a,b\n1,""')).toEqual([['1', '']])
  })
})

describe('line ends', () => {
  test('\\n and \\r\\n mix', () => {
    expect(rows('a,b\r\n1,2\n3,4\r\n"5","6"\r\n7,8')).toEqual([
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
      ['7', '8'],
    ])
  })
  test('a lone \\r is data after a first \\n', () => {
    expect(rows('a,b\n1\r,2\r\r\n\r3,4\r')).toEqual([
      ['1\r', '2\r'],
      ['\r3', '4\r'],
    ])
  })
  test('a first lone \\r makes all three end records', () => {
    expect(readAll('a,b\r1,2\n3,4\r\n"5\r6",7\r8,9\r')).toEqual({
      columns: ['a', 'b'],
      rows: [
        ['1', '2'],
        ['3', '4'],
        ['5\r6', '7'],
        ['8', '9'],
      ],
      lines: [2, 3, 4, 6],
    })
  })
  test('a \\r in quotes says nothing about line ends', () => {
    expect(rows('"a\rb",c\n1\r,2\n')).toEqual([['1\r', '2']])
  })
})

describe('blank lines', () => {
  test('are skipped with more than one column', () => {
    expect(readAll('\n\r\na,b\n\n1,2\n\r\n\n3,4\n\n')).toEqual({
      columns: ['a', 'b'],
      rows: [
        ['1', '2'],
        ['3', '4'],
      ],
      lines: [5, 8],
    })
  })
  test('are NULL with one column', () => {
    expect(readAll('\na\n1\n\n\r\n2\n\n')).toEqual({
      columns: ['a'],
      rows: [['1'], [null], [null], ['2'], [null]],
      lines: [3, 4, 5, 6, 7],
    })
  })
  test('before the first record of one column without a header are NULL too', () => {
    expect(readAll('\n\nx\n', { header: false })).toEqual({
      columns: ['c1'],
      rows: [[null], [null], ['x']],
      lines: [1, 2, 3],
    })
    expect(readAll('\n\nx,y\n', { header: false })).toEqual({ columns: ['c1', 'c2'], rows: [['x', 'y']], lines: [3] })
  })
  test('a line of "" is a row, a single newline at the end is none', () => {
    expect(rows('a\n""\n')).toEqual([['']])
    expect(rows('a\n1\n')).toEqual([['1']])
  })
})

describe('columns', () => {
  test('are unknown until the header is whole', () => {
    const reader = textReader({})
    expect(reader.push(Buffer.from('a,"b'))).toBeUndefined()
    expect(reader.columns).toBeUndefined()
    reader.push(Buffer.from('"\n1,2\n'))
    expect(reader.columns).toEqual(['a', 'b'])
  })
  test('a header alone: no rows, no batch', () => {
    const reader = textReader({})
    expect([reader.push(Buffer.from('a,b\n')), reader.end()]).toEqual([undefined, undefined])
    expect(reader.columns).toEqual(['a', 'b'])
    expect(readAll('a,b')).toEqual({ columns: ['a', 'b'], rows: [], lines: [] })
  })
  test('without a header are numbered', () => {
    expect(readAll('1,1,\n', { header: false })).toEqual({
      columns: ['c1', 'c2', 'c3'],
      rows: [['1', '1', null]],
      lines: [1],
    })
  })
  test('names that differ beyond ASCII case are not duplicates', () => {
    expect(readAll('ä,Ä,__proto__,constructor, a,a\n').columns).toEqual([
      'ä',
      'Ä',
      '__proto__',
      'constructor',
      ' a',
      'a',
    ])
  })
})

describe('encoding', () => {
  test('a byte order mark is removed, once, and only at the beginning', () => {
    expect(readAll('\ufeffa,b\n\ufeff1,2\n')).toMatchObject({ columns: ['a', 'b'], rows: [['\ufeff1', '2']] })
    expect(readAll('\ufeff\ufeffa\n').columns).toEqual(['\ufeffa'])
    expect(readAll('\ufeff"a,b"\n').columns).toEqual(['a,b'])
  })
  test('every length of UTF-8 sequence, cut anywhere', () => {
    const input = 'ä,中\n𝄞é,\u{10ffff}\n\u07ff\u0800,\uffff\ue000\n'
    for (const size of [1, 2, 3, 4, 5, 7]) {
      expect(readAll(input, {}, [size])).toEqual(readAll(input))
    }
    expect(readAll(input).rows).toEqual([
      ['𝄞é', '\u{10ffff}'],
      ['\u07ff\u0800', '\uffff\ue000'],
    ])
  })
})

describe('lineOf', () => {
  test('counts lines of the file, over quoted cells, blank lines and chunks', () => {
    const input = 'a,"b\nB"\n1,"x\n\r\ny"\n\n2,3\n"4\n",5\n6,7\n'
    for (const sizes of [[], [1], [3], [10, 1]]) {
      expect(readAll(input, {}, sizes).lines).toEqual([3, 7, 8, 10])
    }
  })
  test('takes a lone \\r in quotes for a line end only where it is one outside', () => {
    expect(readAll('a,"b\rB"\n"1\r",2\n3,4\n').lines).toEqual([2, 3])
    expect(readAll('a,"b\rB"\r"1\r\n\r",2\r3,4\r').lines).toEqual([3, 6])
  })
  test('is relative to its own batch', () => {
    const reader = textReader({})
    const first = reader.push(Buffer.from('a,b\n1,2\n3,4\n'))
    const second = reader.push(Buffer.from('5,6\n"\n",8\n9,9\n'))
    expect([first?.lineOf(0), first?.lineOf(1)]).toEqual([2, 3])
    expect([second?.lineOf(0), second?.lineOf(1), second?.lineOf(2)]).toEqual([4, 5, 7])
  })
})

describe('places', () => {
  test('bytes that an earlier chunk left behind the text are not read', () => {
    for (const rest of ['x\r', '"x"\r', '"x', 'x', '"x"', '']) {
      const said = (input: string, before: string) => {
        const reader = textReader({ quote: before.includes("'") ? "'" : '"' })
        reader.push(Buffer.from(`a\n${before.repeat(50)}`))
        try {
          return [reader.push(Buffer.from(input)), reader.end()].flatMap((batch) => batch?.rows ?? [])
        } catch (error) {
          return (error as { code: string }).code
        }
      }
      // What is left differs, what is said must not.
      for (const left of ['\n\n\n', '"\n"\n', '""\n""\n', 'y\r\n'])
        expect([rest, said(rest, left)]).toEqual([rest, said(rest, 'z\n')])
    }
  })
  test('a batch lies in memory of the reader, which the next one takes over', () => {
    const reader = csvSpans({})
    const chunk = Buffer.from('a,b\n1,"x""y"\n')
    const first = reader.push(chunk)
    expect(first && [...first.spans].map((place) => place - (first.spans[0] ?? 0))).toEqual([0, 1, 3, 6])
    expect(chunk.toString()).toBe('a,b\n1,"x""y"\n')
    expect(first?.lines).toBeUndefined()
    expect(reader.push(chunk.subarray(4))?.bytes).toBe(first?.bytes)
  })
  test('NULL is a start of -1, an empty cell is not', () => {
    const batch = csvSpans({}).push(Buffer.from('a,b\n,""\n'))
    const [first, , start = -1, end] = batch?.spans ?? []
    expect([first, start >= 0, end]).toEqual([-1, true, start])
  })
})

describe('work and memory', () => {
  test.each([
    ['one quoted cell', `a,b\n1,"${'x\n""'.repeat(100_000)}"\n`],
    ['one unquoted cell', `a,b\n1,${'x'.repeat(400_000)}\n`],
  ])('%s over thousands of chunks is scanned a few times, not once a chunk', (_, input) => {
    let scanned = 0
    const feed = RecordScanner.prototype.feed
    RecordScanner.prototype.feed = function (bytes, begin, end, last) {
      scanned += end - begin
      feed.call(this, bytes, begin, end, last)
    }
    try {
      expect(readAll(input, {}, [64]).rows).toHaveLength(1)
    } finally {
      RecordScanner.prototype.feed = feed
    }
    expect(scanned).toBeGreaterThanOrEqual(input.length)
    expect(scanned).toBeLessThan(4 * input.length)
  })
  test('a long cell with doubled quotes takes about twice its bytes, and its place no string', () => {
    const piece = Buffer.from('xxx""'.repeat(200_000))
    const before = process.memoryUsage()
    const reader = csvSpans({})
    reader.push(Buffer.from('a,b\n1,"'))
    for (let count = 0; count < 30; count++) reader.push(piece)
    const batch = reader.push(Buffer.from('"\n')) ?? reader.end()
    const after = process.memoryUsage()
    expect(batch && (batch.spans[3] ?? 0) - (batch.spans[2] ?? 0)).toBe(24_000_000)
    expect(batch?.bytes.length).toBeLessThan(2.2 * 30_000_000)
    expect(after.heapUsed - before.heapUsed).toBeLessThan(30_000_000)
  })
  test('rows come out as soon as their chunk is in', () => {
    const reader = textReader({})
    reader.push(Buffer.from('a,b\n'))
    for (let row = 0; row < 100; row++) {
      expect(reader.push(Buffer.from(`${row},"x"\n`))?.rows).toEqual([[String(row), 'x']])
    }
  })
})
