import { readFileSync, writeFileSync } from 'node:fs'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { tableFromArrays, tableToIPC } from 'apache-arrow'
import { Schema as ArrowSchema } from 'apache-arrow/fb/schema'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { writeZip } from '../../dist/formats/xlsx/zip-writer.js'
import { open, type SaveOptions } from '../../dist/index.js'
import { ownFolder, readCells, writeCells } from './files.ts'

const folder = ownFolder()
afterAll(folder.remove)

async function refusal(
  format: string,
  bytes: string | Uint8Array,
  options = {},
): Promise<{ code: string; message: string }> {
  const path = folder.path(`bad.${format}`)
  writeFileSync(path, bytes)
  return readCells(format, path, options).then(
    () => ({ code: 'none', message: '' }),
    (error: unknown) => error as { code: string; message: string },
  )
}

describe('JSON', () => {
  it.each([
    ['jsonl', '{"a":1}\n{"a":2,}\n', 'Line 2, column 8: a name in quotes is missing'],
    ['jsonl', '{"a":1}\n[1]\n', 'Line 2, column 1: a row must be an object'],
    ['jsonl', '{"a":1}\n{"é":01}\n', 'Line 2, column 7: "," or "}" is missing behind a value'],
    ['jsonl', '{"a":1,"a":2}', 'Line 1, column 11: the name "a" stands twice in one row'],
    ['jsonl', '{"a":NaN}', 'Line 1, column 6: this is no value'],
    ['jsonl', '{"a":1.}', 'this is no number'],
    ['jsonl', '{"a":"x\ty"}', 'a control character stands within a string'],
    ['jsonl', '{"a":"\\x"}', "a string has an escape that JSON doesn't have"],
    ['jsonl', '{"a":"x', 'Line 1, column 6: a string is not closed'],
    ['jsonl', '{"a":tru', 'this is no value'],
    ['jsonl', `{"a":${'['.repeat(600)}`, 'nested deeper than 500'],
    ['json', '{"a":1}', 'the file must be an array of objects'],
    ['json', '[{"a":1} {"a":2}]', '"," or "]" is missing behind a row'],
    ['json', '[{"a":1}] x', 'something follows the array'],
    ['json', '[{"a":1},]', 'a row must be an object'],
  ])('%s %j', async (format, text, message) => {
    const error = await refusal(format, text)
    expect(error.code).toBe('FORMAT_INVALID')
    expect(error.message).toContain(message)
  })

  it('refuses bytes that are no UTF-8, with their place', async () => {
    const error = await refusal('jsonl', Buffer.from([...Buffer.from('{"a":1}\n{"a":"'), 0xff, 0x22, 0x7d]))
    expect(error).toMatchObject({
      code: 'FORMAT_INVALID',
      message: expect.stringContaining('Line 2, column 7: a byte is no UTF-8 text'),
    })
  })

  it.each(['"\\u0000"', '"\\ud800"', '"x\\udc00y"'])('refuses %s, which no table can hold', async (value) => {
    expect(await refusal('jsonl', `{"a":${value}}`)).toMatchObject({ code: 'FORMAT_CANNOT_HOLD' })
  })

  it('refuses a file of endless names', async () => {
    const text = Array.from({ length: 10_001 }, (_, index) => `{"n${index}":1}`).join('\n')
    expect(await refusal('jsonl', text)).toMatchObject({ code: 'FORMAT_LIMIT' })
  })

  it('gives the same rows wherever its chunks end', async () => {
    const path = folder.path('long.jsonl')
    const rows = Array.from({ length: 3000 }, (_, index) => [
      String(index),
      `é${'x\\"\n'.repeat(index)}`.slice(0, 900),
      index % 2 ? '{"a":["é\\n"]}' : null,
    ])
    await writeCells('jsonl', path, ['id', 't', 'o'], rows)
    expect(readFileSync(path).length).toBeGreaterThan(2 ** 21)
    expect((await readCells('jsonl', path)).rows).toEqual(rows)
  })
})

describe('Parquet', () => {
  const whole = async (): Promise<Buffer> => {
    const path = folder.path('whole.parquet')
    await writeCells(
      'parquet',
      path,
      ['id', 't'],
      Array.from({ length: 2000 }, (_, index) => [String(index), `t${index % 7}`]),
    )
    return readFileSync(path)
  }

  it('refuses footers that lie', async () => {
    const bytes = await whole()
    for (const length of [0xffffffff, bytes.length, 0, 1, 0x7fffffff]) {
      const bad = Buffer.from(bytes)
      bad.writeUInt32LE(length >>> 0, bad.length - 8)
      expect((await refusal('parquet', bad)).code).toBe('FORMAT_INVALID')
    }
    const encrypted = Buffer.from(bytes)
    encrypted.write('PARE', encrypted.length - 4)
    expect(await refusal('parquet', encrypted)).toMatchObject({
      code: 'FORMAT_INVALID',
      message: expect.stringContaining('it is encrypted'),
    })
  })

  it('survives every byte of its footer changed', { timeout: 240_000 }, async () => {
    const bytes = await whole()
    const length = bytes.readUInt32LE(bytes.length - 8)
    const codes = new Set<string>()
    for (let at = bytes.length - 8 - length; at < bytes.length; at += 9) {
      const bad = Buffer.from(bytes)
      bad[at] = 0xff
      codes.add((await refusal('parquet', bad)).code)
    }
    expect(
      [...codes].filter(
        (code) =>
          ![
            'none',
            'FORMAT_INVALID',
            'FORMAT_LIMIT',
            'COLUMN_EMPTY',
            'COLUMN_DUPLICATE',
            'FORMAT_CANNOT_HOLD',
          ].includes(code),
      ),
    ).toEqual([])
  })
})

describe('Arrow', () => {
  it('refuses numbers with their highest byte first: they were read the other way round', async () => {
    const bytes = (): Uint8Array => tableToIPC(tableFromArrays({ n: Int32Array.of(1, 2, 70_000) }), 'file')
    expect(await refusal('arrow', bytes())).toMatchObject({ code: 'none' })
    // The library writes what it is told: Endianness.Big.
    const spy = vi.spyOn(ArrowSchema, 'addEndianness').mockImplementation((builder) => builder.addFieldInt16(0, 1, 0))
    const big = bytes()
    spy.mockRestore()
    expect(await refusal('arrow', big)).toMatchObject({
      code: 'FORMAT_INVALID',
      message: expect.stringContaining('its numbers have their highest byte first'),
    })
  })
})

describe('Excel', () => {
  const zip = async (parts: Record<string, string | Buffer>): Promise<Buffer> => {
    const pieces: Uint8Array[] = []
    for await (const piece of writeZip(
      Object.entries(parts).map(([name, text]) => ({ name, text: [Buffer.from(text)] })),
    ))
      pieces.push(piece)
    return Buffer.concat(pieces)
  }
  const book = (sheet: string | Buffer): Promise<Buffer> =>
    zip({
      'xl/workbook.xml': '<workbook><sheets><sheet name="A" r:id="r1"/><sheet name="B" r:id="r2"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels':
        '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/1.xml"/></Relationships>',
      'xl/worksheets/1.xml': sheet,
    })
  const row = (cells: string): string =>
    `<worksheet><sheetData><row><c t="str"><v>a</v></c></row><row>${cells}</row></sheetData></worksheet>`

  it.each([
    ['a DOCTYPE', '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>', 'DOCTYPE'],
    ['a text that is not there', row('<c t="s"><v>7</v></c>'), 'refers to a text that is not there'],
    ['a cell beyond the last column', row('<c r="ZZZ2"><v>7</v></c>'), "beyond a sheet's last"],
    ['a cell far beyond it', row('<c r="ZZZZZZZ2"><v>7</v></c>'), "beyond a sheet's last"],
    ['a cell twice', row('<c r="A2"><v>7</v></c><c r="A2"><v>8</v></c>'), 'the cell A2 is there twice'],
    ['a row beyond the last', row('</row><row r="99999999999">'), 'a row 99999999999'],
    ['a cell without a name', row('<c r="B2"><v>7</v></c>'), 'only 1 columns have a name'],
    ['a formula without its result', row('<c r="A2"><f>1+1</f></c>'), 'the cell A2 has a formula without its result'],
    ['half a file', '<worksheet><sheetData><row', 'ends too early'],
    ['no row', '<worksheet><sheetData/></worksheet>', 'no row'],
    ['an odd character', row('<c t="str"><v>&#xD800;</v></c>'), 'odd character'],
  ])('refuses %s', async (_, sheet, message) => {
    const error = await refusal('xlsx', await book(sheet))
    expect(error).toMatchObject({ code: 'FORMAT_INVALID', message: expect.stringContaining(message) })
  })

  it('names the sheets where there is no such one', async () => {
    for (const sheet of ['C', 3, 'B', 2, 0])
      expect(await refusal('xlsx', await book(row('')), { sheet })).toMatchObject({
        code: 'SHEET_NOT_FOUND',
        message: expect.stringContaining('A, B'),
      })
    expect((await refusal('xlsx', await book(row('')), { sheet: 'A' })).code).toBe('none')
  })

  it('refuses an encrypted or old workbook', async () => {
    const error = await refusal('xlsx', Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2000)]))
    expect(error).toMatchObject({ code: 'FORMAT_INVALID', message: expect.stringContaining('encrypted workbook') })
  })

  it('stops at a zip bomb, of any part', { timeout: 120_000 }, async () => {
    const spaces = Buffer.alloc(2 ** 27, ' ')
    for (const bomb of [
      Buffer.concat([Buffer.from('<worksheet>'), spaces]),
      Buffer.concat([Buffer.from('<worksheet a="'), spaces]),
    ]) {
      const error = await refusal('xlsx', await book(bomb))
      expect(['FORMAT_LIMIT', 'FORMAT_INVALID']).toContain(error.code)
    }
  })

  it('does not write what no sheet holds', async () => {
    const path = folder.path('large.xlsx')
    await expect(writeCells('xlsx', path, ['id', 't'], [['1', 'x'.repeat(32_768)]])).rejects.toMatchObject({
      code: 'FORMAT_CANNOT_HOLD',
    })
    await expect(writeCells('xlsx', path, ['id'], [['1']], { sheet: 'a/b' })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    })
    await expect(
      writeCells(
        'xlsx',
        path,
        Array.from({ length: 16_385 }, (_, index) => `c${index}`),
        [],
      ),
    ).rejects.toMatchObject({ code: 'FORMAT_CANNOT_HOLD' })
  })
})

describe('packed text', () => {
  const save = async (bytes: Uint8Array, name: string, options: SaveOptions = {}): Promise<string> => {
    const path = folder.path(name)
    writeFileSync(path, bytes)
    await using db = await open(folder.path('packed.db'))
    return await db.save('t', path, { key: 'a', ...options }).then(
      () => 'saved',
      (error: unknown) => (error as { code: string }).code,
    )
  }

  it('refuses what is no gzip, or cut', async () => {
    const packed = gzipSync('a,b\n1,2\n'.repeat(100))
    expect(await save(Buffer.from('a,b\n1,2\n'), 'plain.csv.gz')).toBe('FORMAT_INVALID')
    expect(await save(packed.subarray(0, packed.length - 9), 'cut.csv.gz')).toBe('FORMAT_INVALID')
    expect(await save(packed.subarray(0, packed.length - 9), 'cut.jsonl.gz')).toBe('FORMAT_INVALID')
  })

  it('stops at a gzip bomb', { timeout: 120_000 }, async () => {
    // A deflated block of a MiB, again and again: 3 MB that unpack to 3 GiB of rows.
    const text = Buffer.from(`x,${'y'.repeat(1020)}\n`.repeat(1024))
    const block = deflateRawSync(text, { finishFlush: 2 })
    const count = 3072
    const head = Buffer.from('1f8b0800000000000003', 'hex')
    const bomb = Buffer.concat([
      head,
      deflateRawSync('a,b\n', { finishFlush: 2 }),
      ...Array.from({ length: count }, () => block),
      Buffer.from('0300', 'hex'),
      Buffer.alloc(8),
    ])
    expect(bomb.length).toBeLessThan(2 ** 24)
    expect(await save(bomb, 'bomb.csv.gz')).toBe('FORMAT_LIMIT')
  })
})
