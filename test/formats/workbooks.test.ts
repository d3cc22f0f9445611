import { writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { writeZip } from '../../dist/formats/xlsx/zip-writer.js'
import { ownFolder, readHere, type Cells } from './files.ts'

/*
 * Workbooks as other programs write them: parts that Excel takes, and that one of our writers never has. What is right is what
 * ECMA-376 and XML 1.0 say, and what openpyxl and calamine read.
 */

const folder = ownFolder()
afterAll(folder.remove)

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const STRICT = 'http://purl.oclc.org/ooxml/spreadsheetml/main'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const COMPATIBILITY = 'http://schemas.openxmlformats.org/markup-compatibility/2006'
const HEAD = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>'

interface Parts {
  /** Rows of the sheet, below one that names the columns a and b. */
  rows?: string
  strings?: string
  /** Of the workbook. */
  properties?: string
  sheets?: string
  extensions?: string
  relations?: string
  cellFormats?: string
  more?: Record<string, string>
}

const DATE_FORMATS = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs>'

/** The rows that a workbook of these parts has. */
async function read(parts: Parts, options = {}): Promise<Cells['rows']> {
  return (await readWhole(parts, options)).rows
}

async function readWhole(
  {
    rows = '',
    strings = '<si><t>first</t></si><si><t>second</t></si>',
    properties = '',
    sheets = '<sheet name="S" sheetId="1" r:id="rId1"/>',
    extensions = '',
    relations = '',
    cellFormats = DATE_FORMATS,
    more = {},
  }: Parts,
  options = {},
): Promise<Cells> {
  const texts = {
    'xl/workbook.xml': `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}">${properties}<sheets>${sheets}</sheets>${extensions}</workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${OFFICE}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="${OFFICE}/styles" Target="styles.xml"/>${relations}</Relationships>`,
    'xl/worksheets/sheet1.xml': `<worksheet xmlns="${MAIN}"><sheetData>${HEAD}${rows}</sheetData></worksheet>`,
    'xl/sharedStrings.xml': `<sst xmlns="${MAIN}">${strings}</sst>`,
    'xl/styles.xml': `<styleSheet xmlns="${MAIN}">${cellFormats}</styleSheet>`,
    ...more,
  }
  const pieces: Uint8Array[] = []
  const zipped = Object.entries(texts).map(([name, text]) => ({ name, text: [Buffer.from(text)] }))
  for await (const piece of writeZip(zipped)) pieces.push(piece)
  const path = folder.path('crafted.xlsx')
  writeFileSync(path, Buffer.concat(pieces))
  return readHere('xlsx', path, options)
}

/** The cells of a sheet's second row. */
async function cells(row: string, strings?: string): Promise<(string | null)[]> {
  const rows = await read({ rows: `<row r="2">${row}</row>`, ...(strings && { strings }) })
  return rows[0] ?? []
}

describe('elements of other namespaces, with names that a workbook has, too', () => {
  const DAY = '<row r="2"><c r="A2" s="1"><v>43889</v></c></row>'

  it('a second workbookPr, which every Excel since 2013 writes, does not undo the 1904 date system', async () => {
    const extensions =
      '<extLst><ext uri="{140A7094}" xmlns:x15="http://schemas.microsoft.com/office/spreadsheetml/2010/11/main"><x15:workbookPr chartTrackingRefBase="1"/></ext></extLst>'
    const properties = '<workbookPr date1904="1"/>'
    expect(await read({ rows: DAY, properties })).toEqual([['2024-02-29', null]])
    expect(await read({ rows: DAY, properties, extensions })).toEqual([['2024-02-29', null]])
    const plain = extensions.replaceAll('x15:', '').replace(':x15', ':x')
    expect(await read({ rows: DAY, properties, extensions: plain })).toEqual([['2024-02-29', null]])
  })

  it('a value, a text, a cell, a row and a sheet', async () => {
    const foreign = '<extLst><ext uri="u" xmlns:q="urn:q"><q:v>9</q:v></ext></extLst>'
    expect(await cells(`<c r="A2"><v>5</v>${foreign}</c>`)).toEqual(['5', null])
    expect(await cells('<c r="A2"><v>5</v><q:v xmlns:q="urn:q">9</q:v></c>')).toEqual(['5', null])
    expect(await cells('<c r="A2"><v>5<v xmlns="urn:q">9</v></v></c>')).toEqual(['5', null])
    expect(await cells('<c r="A2"><v>5</v></c><c xmlns="urn:q" r="B2"><v>9</v></c>')).toEqual(['5', null])
    expect(await cells('<c r="A2" q:t="s" xmlns:q="urn:q"><v>1</v></c>')).toEqual(['1', null])
    const strings = '<si><t>a</t><q:t xmlns:q="urn:q">b</q:t></si><q:si xmlns:q="urn:q"/><si><t>c</t></si>'
    expect(await cells('<c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c>', strings)).toEqual(['a', 'c'])
    const sheets = '<q:sheet xmlns:q="urn:q" name="T" r:id="rId9"/><sheet name="S" sheetId="1" r:id="rId1"/>'
    expect(await read({ sheets, rows: DAY })).toEqual([['2020-02-28', null]])
  })

  it('formats of conditional styles', async () => {
    const cellFormats = `<numFmts><numFmt numFmtId="164" formatCode="yyyy"/></numFmts><dxfs><dxf><numFmt numFmtId="164" formatCode="0"/><xf numFmtId="9"/></dxf></dxfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>`
    expect(await read({ cellFormats, rows: DAY })).toEqual([['2020-02-28', null]])
  })

  it('the main namespace by another prefix, and that of the strict variant', async () => {
    const sheet = (space: string): string =>
      `<x:worksheet xmlns:x="${space}"><x:sheetData>${`${HEAD}<row r="2"><c r="A2" t="s"><v>1</v></c></row>`.replace(/<(\/?)/g, '<$1x:')}</x:sheetData></x:worksheet>`
    for (const space of [MAIN, STRICT])
      expect(await read({ more: { 'xl/worksheets/sheet1.xml': sheet(space) } })).toEqual([['second', null]])
  })

  it('of the forms of a part for several programs, the plain one', async () => {
    const both = `<mc:AlternateContent xmlns:mc="${COMPATIBILITY}"><mc:Choice Requires="q"><v>9</v></mc:Choice><mc:Fallback><v>5</v></mc:Fallback></mc:AlternateContent>`
    expect(await cells(`<c r="A2">${both}</c>`)).toEqual(['5', null])
  })
})

describe('what stands in a cell', () => {
  it.each([
    ['an empty reference to a shared text', '<c r="A2" t="s"><v/></c><c r="B2"><v>1</v></c>', [null, '1']],
    ['a blank one', '<c r="A2" t="s"><v> </v></c><c r="B2"><v>1</v></c>', [null, '1']],
    ['no value beside one', '<c r="A2" t="s"/><c r="B2"><v>1</v></c>', [null, '1']],
    ['booleans as words', '<c r="A2" t="b"><v>true</v></c><c r="B2" t="b"><v>false</v></c>', ['true', 'false']],
    ['booleans as digits', '<c r="A2" t="b"><v>1</v></c><c r="B2" t="b"><v>0</v></c>', ['true', 'false']],
    ['a boolean without a value', '<c r="A2" t="b"><v/></c><c r="B2"><v>1</v></c>', [null, '1']],
    ['a comment in a value', '<c r="A2"><v>12<!-- note -->34</v></c>', ['1234', null]],
    ['an instruction in a value', '<c r="A2"><v>12<?q 5?>34</v></c>', ['1234', null]],
    ['a CDATA section', '<c r="A2" t="str"><v>x &amp; <![CDATA[<y>&amp;]]> z</v></c>', ['x & <y>&amp; z', null]],
    ['an inline text beside a value', '<c r="A2" t="inlineStr"><v>1.0</v><is><t>1.</t></is></c>', ['1.', null]],
    ['the same the other way round', '<c r="A2" t="inlineStr"><is><t>1.</t></is><v>1.0</v></c>', ['1.', null]],
    ['an inline text of a number', '<c r="A2"><is><t>007</t></is></c>', ['007', null]],
    ['an inline text in parts', '<c r="A2" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>', ['ab', null]],
    ['how it is spoken', '<c r="A2" t="inlineStr"><is><t>a</t><rPh><t>b</t></rPh></is></c>', ['a', null]],
    [
      'how it is spoken, as LibreOffice has it',
      '<c r="A2" t="inlineStr"><is><r><t>課</t></r><rPh sb="0" eb="1"><r><t>カ</t></r></rPh></is></c>',
      ['課', null],
    ],
    ['a place in small letters', '<c r="b2"><v>7</v></c>', [null, '7']],
    ['lines that end as on Windows', '<c r="A2" t="str"><v>a\r\nb\rc&#13;d</v></c>', ['a\nb\nc\rd', null]],
    ['a date as a text', '<c r="A2" s="1" t="d"><v>2024-02-29T00:00:00</v></c>', ['2024-02-29', null]],
    ['a time as a text', '<c r="A2" s="2" t="d"><v>2024-02-29T12:34:56.120</v></c>', ['2024-02-29T12:34:56.120', null]],
  ])('%s', async (_, row, expected) => {
    expect(await cells(row)).toEqual(expected)
  })

  it('a shared text, not how it is spoken', async () => {
    const strings = '<si><r><t>課</t></r><r><t>毛</t></r><rPh sb="0" eb="1"><r><t>カ</t></r></rPh></si>'
    expect(await cells('<c r="A2" t="s"><v>0</v></c>', strings)).toEqual(['課毛', null])
  })

  it('a comment and a CDATA section in a shared text, wherever a chunk ends', async () => {
    const long = 'x'.repeat(300_000)
    const strings = `<si><t>x &amp; <![CDATA[y${long}]]> z<!-- ${long} -->!</t></si>`
    expect(await cells('<c r="A2" t="s"><v>0</v></c>', strings)).toEqual([`x & y${long} z!`, null])
  })

  it.each([
    ['another boolean', '<c r="A2" t="b"><v>yes</v></c>', 'the cell A2 is a boolean'],
    ['a reference that is no number', '<c r="A2" t="s"><v>1.0</v></c>', 'refers to a text that is not there'],
    ['two values', '<c r="A2"><v>5</v><v>9</v></c>', 'the cell A2 has two values'],
    ['a place that is none', '<c r="R2C1"><v>5</v></c>', 'a cell whose place is "R2C1"'],
    ['a place in another row', '<c r="A3"><v>5</v></c>', 'the cell A3 stands in row 2'],
    ['a row again', '<c r="A2"><v>5</v></c></row><row r="2"><c r="A2"><v>6</v></c>', 'row 2 stands behind the row 2'],
    ['elements that overlap', '<c r="A2"><v>5</c></v>', 'closes <c>'],
  ])('refuses %s', async (_, row, message) => {
    await expect(cells(row)).rejects.toThrow(message)
  })

  it('rows whose number stands in their cells alone', async () => {
    const rows = '<row><c r="A4"><v>4</v></c></row><row><c><v>5</v></c></row><row r="9"><c r="B9"><v>9</v></c></row>'
    expect(await readWhole({ rows })).toMatchObject({ rows: [['4', null], ['5', null], [null, '9']], lines: [4, 5, 9] }) // prettier-ignore
  })

  it('a sheet that ends within its rows is none', async () => {
    const sheet = `<worksheet xmlns="${MAIN}"><sheetData>${HEAD}<row r="2"><c r="A2"><v>1</v></c></row>`
    await expect(read({ more: { 'xl/worksheets/sheet1.xml': sheet } })).rejects.toThrow('ends too early')
  })
})

describe('which sheet, and how wide', () => {
  const row = '<row r="2"><c r="A2" t="s"><v>1</v></c></row>'

  it('a sheet without a header is as wide as its widest row', async () => {
    const rows = `${row}<row r="3"><c r="D3"><v>4</v></c></row><row r="4"/>`
    expect(await readWhole({ rows }, { header: false })).toEqual({
      columns: ['c1', 'c2', 'c3', 'c4'],
      rows: [
        ['a', 'b', null, null],
        ['second', null, null, null],
        [null, null, null, '4'],
      ],
      lines: [1, 2, 3],
    })
    await expect(read({ rows })).rejects.toThrow('only 2 columns have a name')
  })

  it('a name that looks like an attribute leads to no other sheet', async () => {
    const sheets = `<sheet name="S id='rId9' name='T'" sheetId="1" r:id="rId1"/>`
    expect(await read({ rows: row, sheets }, { sheet: "S id='rId9' name='T'" })).toEqual([['second', null]])
  })

  it('the first that has cells: a chart of its own is passed over, and is refused where it is named', async () => {
    const parts: Parts = {
      rows: row,
      sheets: '<sheet name="C" sheetId="2" r:id="rId4"/><sheet name="S" sheetId="1" r:id="rId1"/>',
      relations: `<Relationship Id="rId4" Type="${OFFICE}/chartsheet" Target="chartsheets/sheet1.xml"/>`,
      more: { 'xl/chartsheets/sheet1.xml': `<chartsheet xmlns="${MAIN}"/>` },
    }
    expect(await read(parts)).toEqual([['second', null]])
    expect(await read(parts, { sheet: 2 })).toEqual([['second', null]])
    for (const sheet of ['C', 1, '1']) await expect(read(parts, { sheet })).rejects.toThrow('"C" is a chart')
    for (const sheet of ['', ' 2', '1e0']) await expect(read(parts, { sheet })).rejects.toThrow('no sheet')
  })

  it('parts’ names in other capitals: a date was a number where its styles were not found', async () => {
    const relations = `<Relationship Id="rId4" Type="${OFFICE}/worksheet" Target="/XL/Worksheets/Sheet1.XML"/>`
    const sheets = '<sheet name="S" sheetId="1" r:id="rId4"/>'
    const styles = `<styleSheet xmlns="${MAIN}">${DATE_FORMATS}</styleSheet>`
    const more = { 'xl/styles.xml': '', 'XL/Styles.xml': styles }
    const rows = '<row r="2"><c r="A2" s="1"><v>43889</v></c></row>'
    expect(await read({ rows, sheets, relations, more })).toEqual([['2020-02-28', null]])
  })
})
