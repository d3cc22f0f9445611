import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { Field, Int32, List, makeData, Null, RecordBatch, RecordBatchFileWriter, Schema, Struct } from 'apache-arrow'
import { afterAll, describe, expect, it } from 'vitest'
import type { CellBatch, FileReadOptions } from '../../dist/formats/format.js'
import { runJob, type JobEffects } from '../../dist/formats/job.js'
import { writeZip } from '../../dist/formats/xlsx/zip-writer.js'
import { BROTLI, craftedHeader, craftedPage, craftedParquet, packedRun, run, type CraftedElement } from './crafted.ts'
import { ownFolder } from './files.ts'

/*
 * Files that are made to do harm. Each is read as a save does, in a process of its own: what is tested is that this one
 * goes on, that it ends with an error that says so, and that the other's memory is bounded.
 */

const folder = ownFolder()
afterAll(folder.remove)

interface Outcome {
  code: string
  message: string
  rows: number
}

async function read(
  format: string,
  bytes: string | Uint8Array,
  { options = {}, ...effects }: JobEffects & { options?: FileReadOptions } = {},
): Promise<Outcome> {
  const path = folder.path(`hostile.${format}`)
  writeFileSync(path, bytes)
  let rows = 0
  try {
    const job = { kind: 'read', format, path, options } as const
    for await (const batch of runJob<CellBatch>(job, effects)) rows += batch.rows
    return { code: 'none', message: '', rows }
  } catch (error) {
    const { code, message } = error as Outcome
    return { code, message, rows }
  }
}

describe('Parquet', { timeout: 120_000 }, () => {
  const flat: CraftedElement[] = [{ name: 'root', children: 1 }, { name: 'a' }]
  const list: CraftedElement[] = [
    { name: 'root', children: 1 },
    { name: 'a', children: 1, converted: 3 },
    { name: 'list', children: 1, repetition: 2 },
    { name: 'element' },
  ]

  it('a file of 100 bytes whose run goes on for 2^30 values (it ended the host): there are 10, as for pyarrow', async () => {
    const bytes = craftedParquet(flat, 10, [{ path: ['a'], pages: [craftedPage(10, [run(2 ** 30, 0)])] }])
    expect(bytes.length).toBeLessThan(150)
    expect(await read('parquet', bytes, { memoryMb: 128 })).toMatchObject({ code: 'none', rows: 10 })
  })

  it('a page of lists that says it has 2^31 - 1 values', async () => {
    const count = 2 ** 31 - 1
    const pages = [craftedPage(count, [run(count, 0), run(count, 0)])]
    const bytes = craftedParquet(list, 10, [{ path: ['a', 'list', 'element'], pages }])
    expect((await read('parquet', bytes)).code).toBe('FORMAT_LIMIT')
  })

  it('more rows than there are values for', async () => {
    const bytes = craftedParquet(flat, 2 ** 40, [{ path: ['a'], pages: [craftedPage(1000, [run(1000, 0)])] }])
    expect(await read('parquet', bytes)).toMatchObject({ code: 'FORMAT_INVALID' })
  })

  it('columns whose pages unpack to more than the memory, outside of what V8 counts', async () => {
    const packed = brotliCompressSync(Buffer.alloc(2 ** 26), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
    const names = Array.from({ length: 40 }, (_, index) => `c${index}`)
    const bytes = craftedParquet(
      [{ name: 'root', children: names.length }, ...names.map((name) => ({ name, repetition: 0 }))],
      2 ** 23,
      names.map((name) => ({ path: [name], codec: BROTLI, pages: [craftedHeader(2 ** 23, packed, 2 ** 26)] })),
    )
    expect(bytes.length).toBeLessThan(2 ** 19)
    expect((await read('parquet', bytes, { memoryMb: 512 })).code).toBe('FORMAT_LIMIT')
  })

  it('a schema of 2^30 columns, and one of 20,000 groups within each other', async () => {
    const wide = craftedParquet([{ name: 'root', children: 2 ** 30 }, { name: 'a' }], 0, [])
    expect((await read('parquet', wide)).code).toBe('FORMAT_INVALID')
    const groups = Array.from({ length: 20_000 }, () => ({ name: 'n', children: 1 }))
    const deep = craftedParquet([{ name: 'root', children: 1 }, ...groups, { name: 'leaf' }], 0, [])
    expect(['FORMAT_INVALID', 'FORMAT_LIMIT']).toContain((await read('parquet', deep)).code)
  })

  it('three thousand columns (each of them held the whole schema)', async () => {
    const names = Array.from({ length: 3000 }, (_, index) => ({ name: `c${index}` }))
    const page = craftedPage(1, [run(1, 0)])
    const chunks = names.map(({ name }) => ({ path: [name], pages: [page] }))
    const bytes = craftedParquet([{ name: 'root', children: names.length }, ...names], 1, chunks)
    expect(await read('parquet', bytes, { heapMb: 100 })).toMatchObject({ code: 'none', rows: 1 })
  })

  it('lists of structs, 1,800,000 values in a row group (they took more than 400 MB)', async () => {
    const entries = 30_000
    const names = Array.from({ length: 60 }, (_, index) => `m${index}`)
    const repetitions = packedRun(
      1,
      Array.from({ length: entries }, (_, index) => (index % 12 === 0 ? 0 : 1)),
    )
    const page = craftedPage(entries, [repetitions, run(entries, 1)], Buffer.alloc(entries * 8, 7))
    const elements = [
      { name: 'root', children: 1 },
      { name: 'a', children: 1, repetition: 0, converted: 3 },
      { name: 'list', children: 1, repetition: 2 },
      { name: 'element', children: names.length, repetition: 0 },
      ...names.map((name) => ({ name, repetition: 0 })),
    ]
    const columns = names.map((name) => ({ path: ['a', 'list', 'element', name], pages: [page], entries }))
    const bytes = craftedParquet(elements, entries / 12, columns)
    expect(await read('parquet', bytes, { heapMb: 100 })).toEqual({ code: 'none', message: '', rows: entries / 12 })
  })

  it('no columns', async () => {
    const error = await read('parquet', craftedParquet([{ name: 'root', children: 0 }], 1, []))
    expect(error).toMatchObject({ code: 'FORMAT_INVALID', message: expect.stringContaining('no columns') })
  })

  it('a footer with a list of 2^31 - 1 elements', async () => {
    const footer = Buffer.from([0x15, 4, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0])
    const length = Buffer.from([footer.length, 0, 0, 0])
    const bytes = Buffer.concat([Buffer.from('PAR1'), footer, length, Buffer.from('PAR1')])
    expect(['FORMAT_INVALID', 'FORMAT_LIMIT']).toContain((await read('parquet', bytes)).code)
  })
})

describe('Arrow', { timeout: 120_000 }, () => {
  const file = (batch: RecordBatch): Uint8Array => RecordBatchFileWriter.writeAll([batch]).toUint8Array(true)

  it('lists that lie outside of their values', async () => {
    const values = makeData({ type: new Int32(), data: Int32Array.of(1, 2, 3) })
    const type = new List(new Field('item', new Int32(), true))
    for (const offsets of [
      [0, 5],
      [0, 2 ** 31 - 1],
      [-5, 3],
      [3, 0],
    ].map((pair) => Int32Array.from(pair))) {
      const data = makeData({ type, length: 1, nullCount: 0, valueOffsets: offsets, child: values } as never)
      const schema = new Schema([new Field('a', type, true)])
      const struct = makeData({ type: new Struct(schema.fields), length: 1, nullCount: 0, children: [data] } as never)
      expect(await read('arrow', file(new RecordBatch(schema, struct as never)))).toMatchObject({
        code: 'FORMAT_INVALID',
        message: expect.stringMatching(/outside of its values|fewer values/),
      })
    }
  })

  it('lists of lists of lists that all share their values: a thousand bytes of text for each', async () => {
    let type: Null | List = new Null()
    let data: unknown = makeData({ type, length: 1000 } as never)
    for (let depth = 0; depth < 4; depth++) {
      type = new List(new Field('item', type as never, true))
      // Each second list has all values of the one below.
      const valueOffsets = Int32Array.from({ length: 1001 }, (_, index) => (index % 2 ? 1000 : 0))
      data = makeData({ type, length: 1000, nullCount: 0, valueOffsets, child: data } as never)
    }
    const schema = new Schema([new Field('a', type as never, true)])
    const struct = makeData({ type: new Struct(schema.fields), length: 1000, nullCount: 0, children: [data] } as never)
    const { code } = await read('arrow', file(new RecordBatch(schema, struct as never)))
    expect(['FORMAT_INVALID', 'FORMAT_LIMIT']).toContain(code)
  })
})

describe('JSON', { timeout: 120_000 }, () => {
  it('short rows of a file with many names: 20,000,000 cells out of 70 KB, in bounded memory', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `"c${index}":1`).join(',')
    const text = `{${names}}\n${'{}\n'.repeat(19_999)}`
    expect(await read('jsonl', text, { memoryMb: 256 })).toMatchObject({ code: 'none', rows: 20_000 })
  })

  it('values within each other, however they are opened', async () => {
    for (const open of ['[', '{"a":', '[{"a":'])
      expect(await read('jsonl', `{"a":${open.repeat(100_000)}`)).toMatchObject({
        code: 'FORMAT_INVALID',
        message: expect.stringContaining('nested deeper than 500'),
      })
  })

  it('a row without an end', async () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(2 ** 27, 'x')])
    expect((await read('jsonl', bytes, { memoryMb: 768 })).code).toBe('FORMAT_INVALID')
  })

  it('a packed bomb', async () => {
    const packed = gzipSync(Buffer.alloc(2 ** 28, '{"a":1}\n'))
    expect((await read('jsonl', packed, { options: { gzip: true } })).code).toBe('FORMAT_LIMIT')
  })
})

describe('Excel', { timeout: 120_000 }, () => {
  const REL = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const zip = async (parts: Record<string, string | Iterable<Uint8Array>>): Promise<Buffer> => {
    const pieces: Uint8Array[] = []
    const texts = Object.entries(parts).map(([name, text]) => {
      return { name, text: typeof text === 'string' ? [Buffer.from(text)] : text }
    })
    for await (const piece of writeZip(texts)) pieces.push(piece)
    return Buffer.concat(pieces)
  }
  const parts = {
    'xl/workbook.xml': '<workbook><sheets><sheet name="A" r:id="r1"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="r1" Type="${REL}/worksheet" Target="s.xml"/><Relationship Id="r2" Type="${REL}/sharedStrings" Target="t.xml"/><Relationship Id="r3" Type="${REL}/styles" Target="f.xml"/></Relationships>`,
    'xl/s.xml': '<worksheet><sheetData><row><c t="s"><v>0</v></c></row></sheetData></worksheet>',
    'xl/t.xml': '<sst><si><t>a</t></si></sst>',
    'xl/f.xml': '<styleSheet/>',
  }

  it.each(Object.keys(parts))('external and growing entities in %s', async (part) => {
    writeFileSync(folder.path('secret'), 'secret')
    const doctype = `<!DOCTYPE x [<!ENTITY a SYSTEM "file://${folder.path('secret')}"><!ENTITY b "&a;&a;">]>`
    const text = parts[part as keyof typeof parts]
    const bytes = await zip({ ...parts, [part]: `<?xml version="1.0"?>${doctype}${text.replace('>a<', '>&a;<')}` })
    expect(await read('xlsx', bytes)).toMatchObject({
      code: 'FORMAT_INVALID',
      message: expect.stringContaining('DOCTYPE'),
    })
  })

  it('an entity that nothing declares is a text like any other', async () => {
    expect(await read('xlsx', await zip({ ...parts, 'xl/t.xml': '<sst><si><t>&a;</t></si></sst>' }))).toMatchObject({
      code: 'none',
    })
  })

  it('relations that lead out of the file, to themselves, or nowhere', async () => {
    for (const target of ['http://127.0.0.1:9/x.xml', '../../../../etc/passwd', 'workbook.xml', '%', '', '//[']) {
      const relation = `<Relationship Id="r1" Type="${REL}/worksheet" Target="${target}" TargetMode="External"/>`
      const bytes = await zip({ ...parts, 'xl/_rels/workbook.xml.rels': `<Relationships>${relation}</Relationships>` })
      expect(['FORMAT_INVALID', 'SHEET_NOT_FOUND']).toContain((await read('xlsx', bytes)).code)
    }
  })

  it('rows of one cell in the last column', async () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => `<row><c r="XFD${index + 1}"><v>1</v></c></row>`)
    const sheet = `<worksheet><sheetData>${rows.join('')}</sheetData></worksheet>`
    const { code } = await read('xlsx', await zip({ ...parts, 'xl/s.xml': sheet }))
    expect(['COLUMN_EMPTY', 'FORMAT_LIMIT']).toContain(code)
    const headless = await read('xlsx', await zip({ ...parts, 'xl/s.xml': sheet }), { options: { header: false } })
    expect(headless.code).toBe('FORMAT_LIMIT')
  })

  it('a long text that many cells have', async () => {
    const cells = '<row><c t="s"><v>0</v></c></row>'.repeat(10_000)
    const sheet = `<worksheet><sheetData><row><c t="str"><v>a</v></c></row>${cells}</sheetData></worksheet>`
    const text = `<sst><si><t>${'x'.repeat(2 ** 15)}</t></si></sst>`
    const outcome = await read('xlsx', await zip({ ...parts, 'xl/s.xml': sheet, 'xl/t.xml': text }), { memoryMb: 512 })
    expect(outcome).toMatchObject({ code: 'none', rows: 10_000 })
  })

  it('a hundred thousand sheets are not all named', async () => {
    const sheets = Array.from({ length: 100_000 }, (_, index) => `<sheet name="S${index}" r:id="q"/>`).join('')
    const bytes = await zip({ ...parts, 'xl/workbook.xml': `<workbook><sheets>${sheets}</sheets></workbook>` })
    const { code, message } = await read('xlsx', bytes)
    expect(code).toBe('SHEET_NOT_FOUND')
    expect(message.length).toBeLessThan(1000)
  })
})

describe.skipIf(!existsSync('/proc/self/status'))('the process of a job (Linux)', () => {
  it('ends with the one that began it, also where that is killed', { timeout: 60_000 }, async () => {
    const path = folder.path('endless.jsonl')
    writeFileSync(path, `{"a":"${'x'.repeat(100)}"}\n`.repeat(200_000))
    const script = `
      import { runJob } from './dist/formats/job.js'
      const job = runJob({ kind: 'read', format: 'jsonl', path: process.argv[1], options: {} })
      await job.next()
      const { readFileSync } = await import('node:fs')
      console.log(readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8'))
      await new Promise(() => setInterval(() => {}, 1000))`
    const host = spawn(process.execPath, ['--input-type=module', '-e', script, '--', path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const child = Number(
      await new Promise<string>((resolve) => host.stdout.once('data', (text: Buffer) => resolve(String(text)))),
    )
    expect(child).toBeGreaterThan(1)
    host.kill('SIGKILL')
    const runs = (): boolean =>
      existsSync(`/proc/${child}/status`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${child}/status`, 'utf8'))
    for (let tries = 0; tries < 1000 && runs(); tries++) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(runs()).toBe(false)
  })
})
