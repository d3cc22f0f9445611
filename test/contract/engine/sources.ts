import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database, Source } from '../../../dist/index.js'
import { Bench, refusal, type EngineUnderTest } from '../bench.ts'

export function sourceContract(engine: EngineUnderTest): void {
  describe('sources', () => {
    const bench = new Bench(engine)
    const text = 'id,a\n1,x\n2,"y\nz"\n'
    let database: Database
    beforeEach(async () => {
      database = await bench.open()
    })
    afterAll(() => bench.end())
    const saved = async (source: Source, options = {}) => {
      await database.save('foo', source, { key: 'id', ...options })
      return bench.text(database, 'foo')
    }

    test('a path, a file: URL (with odd characters), several files of one header', async () => {
      const path = bench.file(text)
      expect(await saved(path)).toBe(text)
      expect(await saved(pathToFileURL(path))).toBe(text)
      expect(
        await saved([
          bench.file('id,a\n3,p\n'),
          bench.file('a,id\n'.replace('a,id', 'id,a')),
          bench.file('id,a\n1,q\n'),
        ]),
      ).toBe('id,a\n1,q\n3,p\n')
      const odd = bench.file(text, '50% ü#?.csv')
      expect(await saved(pathToFileURL(odd))).toBe(text)
      expect((await refusal(database.save('foo', new URL('https://example.com/a.csv')))).code).toBe('URL_INVALID')
    })
    test('a pipe by its path is read once: it is not hashed ahead', async () => {
      expect(await saved(bench.file(text))).toBe(text)
      const pipe = bench.path('csv')
      execFileSync('mkfifo', [pipe])
      const [, after] = await Promise.all([writeFile(pipe, 'id,a\n7,piped\n'), saved(pipe)])
      expect(after).toBe('id,a\n7,piped\n')
    })
    test('files of another header', async () => {
      const files = [bench.file('id,a\n1,x\n'), bench.file('id,b\n1,x\n')]
      const error = await refusal(database.save('foo', files, { key: 'id' }))
      expect(error).toMatchObject({ code: 'HEADER_DIFFERS', data: { columns: ['id', 'b'], expected: ['id', 'a'] } })
      const longer = [bench.file('id,a\n1,x\n'), bench.file('id,a,b\n')]
      expect((await refusal(database.save('foo', longer, { key: 'id' }))).code).toBe('HEADER_DIFFERS')
      expect((await database.tables().catch(() => [])).length).toBe(0)
    })
    test('a fault in the second file names that file', async () => {
      const files = [bench.file('id,a\n1,x\n'), bench.file('id,a\n2,x\n3\n')]
      const error = await refusal(database.save('foo', files, { key: 'id' }))
      expect(error).toMatchObject({ code: 'CSV_RAGGED', data: { line: 3, path: files[1] } })
      expect(error.message).toContain(files[1])
    })
    test('files that are not there, or no files', async () => {
      expect(await refusal(database.save('foo', '/no/such/file.csv', { key: 'id' }))).toMatchObject({
        code: 'FILE_NOT_FOUND',
        data: { path: '/no/such/file.csv' },
      })
      expect((await refusal(database.save('foo', [bench.file(text), '/no'], { key: 'id' }))).code).toBe(
        'FILE_NOT_FOUND',
      )
      expect((await refusal(database.save('foo', bench.folder, { key: 'id' }))).code).toBe('FILE_NOT_FOUND')
      expect((await refusal(database.save('foo', [], { key: 'id' }))).code).toBe('USAGE')
    })
    test('a source of no known kind', async () => {
      for (const source of [7, null, undefined, {}, [1, 2], true, () => {}])
        expect([
          source,
          (await refusal(database.save('foo', source as unknown as string, { key: 'id' }))).code,
        ]).toEqual([source, 'USAGE'])
    })
    test('Node streams of bytes and of text, web streams, generators', async () => {
      const path = bench.file(text)
      expect(await saved(createReadStream(path, { highWaterMark: 3 }))).toBe(text)
      expect(await saved(createReadStream(path, { encoding: 'utf8', highWaterMark: 2 }))).toBe(text)
      expect(await saved(new Blob([text]).stream())).toBe(text)
      expect(await saved(Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>)).toBe(text)
      const bytes = Buffer.from('id,a\n1,é中\n')
      expect(
        await saved(
          (async function* () {
            for (const byte of bytes) yield Uint8Array.of(byte)
          })(),
        ),
      ).toBe(bytes.toString())
      const action = await database.save('foo', Readable.from([text]))
      expect(action).toMatchObject({ file: null, rows: 2, changed: true })
    })
    test('a text that is cut within a surrogate pair is one text', async () => {
      expect(await saved(Readable.from(['id,a\n1,\ud83d', '\ude00\n']))).toBe('id,a\n1,😀\n')
    })
    test('an empty stream, and one that fails, change nothing', async () => {
      expect((await refusal(database.save('foo', Readable.from([]), { key: 'id' }))).code).toBe('CSV_EMPTY')
      await saved(bench.file(text))
      const failing = Readable.from(
        (async function* () {
          yield 'id,a\n1,new\n'
          throw new Error('the wire broke')
        })(),
      )
      await expect(database.save('foo', failing)).rejects.toThrow('the wire broke')
      expect(await bench.text(database, 'foo')).toBe(text)
      expect((await database.branches({ all: true })).map(({ name }) => name)).toEqual(['doltflow', 'main'])
    })
    test('rows: objects, arrays with columns, sync and async', async () => {
      expect(
        await saved({
          rows: [
            { id: 1, a: 'x' },
            { id: 2, a: 'y\nz' },
          ],
        }),
      ).toBe(text)
      expect(
        await saved({
          rows: [
            ['2', 'y\nz'],
            [1n, 'x'],
          ],
          columns: ['id', 'a'],
        }),
      ).toBe(text)
      const many = (async function* () {
        for (let index = 0; index < 2500; index++) yield { id: index, a: String(index) }
      })()
      expect((await database.save('many', { rows: many }, { key: 'id' })).rows).toBe(2500)
      expect((await database.save('none', { rows: [], columns: ['id'] }, { key: 'id' })).rows).toBe(0)
    })
    test('rows: values become the text that a file would have', async () => {
      const rows = [
        {
          id: 1,
          a: true,
          b: new Date(0),
          c: null,
          d: undefined,
          e: 1e21,
          f: -0.5,
          g: 2n ** 70n,
          h: '',
          i: { x: [1] },
          constructor: 'c',
          ['__proto__']: 'p',
        },
      ]
      await database.save('values', { rows }, { key: 'id' })
      expect(await bench.text(database, 'values')).toBe(
        'id,a,b,c,d,e,f,g,h,i,constructor,__proto__\n1,true,1970-01-01T00:00:00.000Z,,,1e+21,-0.5,1180591620717411303424,"","{""x"":[1]}",c,p\n',
      )
    })
    test('rows: the lines of faults are the rows’ numbers', async () => {
      const rows = [{ id: 1 }, { id: null }]
      expect(await refusal(database.save('foo', { rows }, { key: 'id' }))).toMatchObject({
        code: 'KEY_NULL',
        data: { line: 2 },
      })
    })
    test('rows that do not fit each other, and columns that are no columns', async () => {
      const refused = async (source: Source) => (await refusal(database.save('foo', source, { key: 'id' }))).code
      expect(await refused({ rows: [{ id: 1 }, { id: 2, b: 1 }] })).toBe('USAGE')
      expect(await refused({ rows: [[1, 2], [1]], columns: ['id', 'b'] })).toBe('USAGE')
      expect(await refused({ rows: [[1, 2]] })).toBe('USAGE')
      expect(await refused({ rows: [] })).toBe('USAGE')
      expect(await refused({ rows: [[1, 2]], columns: ['id', ''] })).toBe('COLUMN_EMPTY')
      expect(await refused({ rows: [[1, 2]], columns: ['id', 'ID'] })).toBe('COLUMN_DUPLICATE')
      expect(await refused({ rows: [7 as unknown as object as Record<string, unknown>] })).toBe('USAGE')
    })
    test('texts that no file can hold are refused, not changed', async () => {
      const refused = async (value: unknown) =>
        (await refusal(database.save('foo', { rows: [{ id: 1, a: value }] }, { key: 'id' }))).code
      expect(await refused('a\0b')).toBe('CSV_NUL')
      expect(await refused('a\ud83d')).toBe('CSV_ENCODING')
      expect(await refused(Uint8Array.of(1))).toBe('USAGE')
      expect((await refusal(database.save('foo', { rows: [{ id: 1, 'a\0': 1 }] }, { key: 'id' }))).code).toBe('CSV_NUL')
    })
    test('data that is not plain is refused before anything is done', async () => {
      expect((await refusal(saved(bench.file(text), { data: { n: 1n } }))).code).toBe('OPTION_INVALID')
      const ring: Record<string, unknown> = {}
      ring['ring'] = ring
      expect((await refusal(saved(bench.file(text), { data: ring }))).code).toBe('OPTION_INVALID')
    })
  })
}
