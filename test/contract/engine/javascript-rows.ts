import { Readable } from 'node:stream'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database, Source } from '../../../dist/index.js'
import { Bench, refusal, rowsOf, type EngineUnderTest } from '../bench.ts'

/** Rows that a program gives: what becomes a cell, and what is refused with its place. */
export function javascriptRowsContract(engine: EngineUnderTest): void {
  describe('rows of a program', () => {
    const bench = new Bench(engine)
    let database: Database
    beforeEach(async () => {
      database = await bench.open()
    })
    afterAll(() => bench.end())
    const saved = async (source: Source): Promise<unknown[][]> => {
      await database.save('foo', source, { key: 'id' })
      return rowsOf(database.rows('foo'))
    }
    const refused = async (value: unknown) =>
      refusal(
        database.save(
          'foo',
          [
            { id: 1, c: 'x' },
            { id: 2, c: value },
          ],
          { key: 'id' },
        ),
      )

    test('an array, an iterable, an async iterable and a stream of objects are sources', async () => {
      interface Price {
        id: number
        price: string
      }
      const list: Price[] = [
        { id: 1, price: 'x' },
        { id: 2, price: 'y' },
      ]
      const rows = [
        [1, 'x'],
        [2, 'y'],
      ]
      expect(await saved(list)).toEqual(rows)
      expect(await saved(new Set(list))).toEqual(rows)
      expect(
        await saved(
          (function* () {
            yield* list
          })(),
        ),
      ).toEqual(rows)
      expect(
        await saved(
          (async function* () {
            yield* list
          })(),
        ),
      ).toEqual(rows)
      expect(await saved(Readable.from(list))).toEqual(rows)
      expect(await saved({ rows: list })).toEqual(rows)
    })
    // Fault: a Map was saved as {}, a typed array as {"0":…}, a function within JSON was left out.
    test('what JSON would lose is refused with its row and column', async () => {
      const lost = [
        new Map([['a', 1]]),
        new Set([1]),
        new WeakMap(),
        /a/,
        new Error('boom'),
        Promise.resolve(1),
        new ArrayBuffer(4),
        new DataView(new ArrayBuffer(4)),
        new Float64Array([1.5]),
        Uint8Array.of(1),
        new Date(Number.NaN),
        () => {},
        Symbol('s'),
        [].values(),
      ]
      for (const value of [...lost, ...lost.map((inner) => ({ list: [inner] }))])
        expect(await refused(value)).toMatchObject({ code: 'USAGE', data: { line: 2, column: 'c' } })
    })
    test('an object that holds itself is refused, not followed', async () => {
      const ring: Record<string, unknown> = {}
      ring['ring'] = [ring]
      expect(await refused(ring)).toMatchObject({ code: 'USAGE', data: { line: 2, column: 'c' } })
    })
    // Fault: texts of toJSON were saved with quotes around.
    test('an object with toJSON is what that gives, a boxed value what is in the box', async () => {
      const decimal = { toJSON: () => '1.50' }
      const values = [
        decimal,
        new URL('http://h/p'),
        Object('text'),
        Object(7),
        { n: 10n, at: new Date(0), d: decimal },
      ]
      expect(await saved(values.map((c, id) => ({ id, c })))).toEqual([
        [0, '1.50'],
        [1, 'http://h/p'],
        [2, 'text'],
        [3, 7],
        [4, '{"n":10,"at":"1970-01-01T00:00:00.000Z","d":"1.50"}'],
      ])
    })
    // Fault: members were looked up through the prototype.
    test('a row without a member is NULL there, whatever the member is called', async () => {
      for (const name of ['team', 'constructor', 'toString', 'hasOwnProperty', '__proto__']) {
        const first = JSON.parse(`{"id":1,"${name}":"x"}`) as object
        await database.save(`t_${name}`, [first, { id: 2 }], { key: 'id' })
        expect(await rowsOf(database.rows(`t_${name}`))).toEqual([
          [1, 'x'],
          [2, null],
        ])
      }
    })
    test('a getter of a class is a member', async () => {
      class Row {
        id = 1
        get double() {
          return this.id * 2
        }
      }
      expect(await saved({ rows: [new Row()], columns: ['id', 'double'] })).toEqual([[1, 2]])
    })
    test('what is no row, and what is no source, is refused in words', async () => {
      for (const rows of [[Uint8Array.of(7, 8)], [new Map([['id', 1]])], [null], ['text', 1]])
        expect([rows, (await refusal(database.save('foo', { rows: rows as object[] }))).code]).toEqual([rows, 'USAGE'])
      for (const source of [new Map([['id', 1]]), Uint8Array.of(1), [], ['a.csv', { id: 1 }], new WeakSet()])
        expect([source, (await refusal(database.save('foo', source as unknown as string))).code]).toEqual([
          source,
          'USAGE',
        ])
      for (const columns of ['id', [1], {}])
        expect(
          (await refusal(database.save('foo', { rows: [[1]], columns: columns as unknown as string[] }))).code,
        ).toBe('USAGE')
    })
    test('pieces of a stream are bytes or text, and a source that fails says so', async () => {
      const pieces = (...all: unknown[]): Source => Readable.from(all, { objectMode: true }) as unknown as Source
      const bytes = new TextEncoder().encode('id,a\n1,x')
      expect(
        await saved(
          (async function* () {
            yield bytes.buffer
            yield new DataView(new TextEncoder().encode('\n').buffer)
          })() as never,
        ),
      ).toEqual([[1, 'x']])
      expect((await refusal(database.save('foo', pieces('id,a\n', 7)))).code).toBe('USAGE')
      const locked = new Blob(['id\n1\n']).stream()
      locked.getReader()
      expect((await refusal(database.save('foo', locked))).code).toBe('IO_FAILED')
      const boom = {
        [Symbol.asyncIterator]: () => {
          throw new Error('boom')
        },
      } as unknown as Source
      expect(await refusal(database.save('foo', boom))).toMatchObject({ code: 'IO_FAILED', cause: new Error('boom') })
    })
  })
}
