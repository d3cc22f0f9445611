import { readFileSync } from 'node:fs'
import * as arrow from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../../dist/index.js'
import { Bench, type EngineUnderTest } from '../bench.ts'

/** Columns' types that a file declares rule what a table is, and what is written of it. */
export function typesContract(engine: EngineUnderTest): void {
  describe('types', () => {
    const bench = new Bench(engine)
    let database: Database
    beforeAll(async () => {
      database = await bench.open()
    })
    afterAll(() => bench.end())

    const file = (columns: Record<string, [arrow.DataType, unknown[]]>): string => {
      const fields = Object.entries(columns).map(([name, [type]]) => new arrow.Field(name, type, true))
      const vectors = Object.entries(columns).map(([name, [type, values]]) => [
        name,
        arrow.vectorFromArray(values, type),
      ])
      const table = new arrow.Table(new arrow.Schema(fields), Object.fromEntries(vectors))
      return bench.file(arrow.tableToIPC(table, 'file'), 'arrow')
    }
    const typesOf = async (table: string): Promise<Record<string, string>> =>
      Object.fromEntries((await database.schema(table))!.columns.map(({ name, type }) => [name, type]))
    const writtenTypes = async (table: string): Promise<Record<string, string>> => {
      const path = bench.path('arrow')
      await database.load(table, path)
      const { schema } = arrow.tableFromIPC(readFileSync(path))
      return Object.fromEntries(schema.fields.map(({ name, type }) => [name, String(type)]))
    }

    const typed = {
      id: [new arrow.Int16(), [1, 2, 3]],
      f: [new arrow.Float64(), [1, 2.5, Infinity]],
      b: [new arrow.Bool(), [true, false, null]],
      t: [new arrow.Utf8(), ['1', '2.50', '']],
      at: [new arrow.TimestampMicrosecond(null), [0, 86_400_000, 86_400_500]],
      d: [new arrow.Decimal(2, 9, 128), [null, null, null]],
    } satisfies Record<string, [arrow.DataType, unknown[]]>
    const declared = { id: 'integer(16)', f: 'real', b: 'boolean', t: 'text', at: 'timestamp(us)', d: 'decimal(9,2)' }

    test('are those of the file, also once the table is empty', async () => {
      await database.save('typed', file(typed), { key: 'id' })
      expect(await typesOf('typed')).toEqual(declared)
      const written = await writtenTypes('typed')
      expect(written).toMatchObject({ id: 'Int16', f: 'Float64', b: 'Bool', t: 'Utf8', at: 'Timestamp<MICROSECOND>' })
      await database.save('typed', bench.file('id,f,b,t,at,d\n'), { allowEmpty: true })
      expect(await typesOf('typed')).toEqual(declared)
      expect(await writtenTypes('typed')).toEqual(written)
    })

    // Fault: the same frame as CSV was another table, and a column of floats refused `1.0`.
    test('read what pandas writes as CSV as the values that it is', async () => {
      const saved = await database.save('typed', file(typed), { key: 'id' })
      const csv = [
        'id,f,b,t,at,d',
        '1,1.0,True,1,1970-01-01,',
        '2,2.50,False,2.50,1970-01-02 00:00:00,',
        '3,inf,,"",1970-01-02T00:00:00.5,',
      ]
      expect(await database.save('typed', bench.file(`${csv.join('\n')}\n`))).toMatchObject({
        changed: false,
        tableHash: saved.tableHash,
      })
      await expect(database.save('typed', bench.file('id,f,b,t,at,d\n1,x,,,,\n'))).rejects.toMatchObject({
        code: 'TYPE_MISMATCH',
        data: { line: 2, column: 'f', value: 'x' },
      })
    })

    const pinned = {
      b: 'boolean',
      d: 'date',
      n: 'integer(8)',
      u: 'unsigned(64)',
      p: 'decimal(6,2)',
      t: 'time(ms)',
      at: 'timestamp(s)',
      z: 'timestamp(us, Europe/Berlin)',
      y: 'bytes',
      j: 'json',
    } as const
    test('are those that a save pins, for CSV, too', async () => {
      const rows = [
        'id,b,d,n,u,p,t,at,z,y,j',
        '1,TRUE,2024-02-29 00:00:00,-128,18446744073709551615,-1.5,12:00:00.5,2024-01-01,2024-01-01T02:00:00+01:00,YWI=,"[1, 2]"',
        '2,,,,,,,,,,',
      ]
      await database.save('pinned', bench.file(`${rows.join('\n')}\n`), { key: 'id', types: pinned })
      expect(await typesOf('pinned')).toEqual({ id: 'any', ...pinned })
      expect(await bench.text(database, 'pinned')).toBe(
        'id,b,d,n,u,p,t,at,z,y,j\n' +
          '1,true,2024-02-29,-128,18446744073709551615,-1.50,12:00:00.500,2024-01-01T00:00:00,2024-01-01T01:00:00Z,YWI=,"[1, 2]"\n' +
          '2,,,,,,,,,,\n',
      )
      expect(await writtenTypes('pinned')).toMatchObject({
        b: 'Bool',
        d: 'Date32<DAY>',
        n: 'Int8',
        u: 'Uint64',
        z: 'Timestamp<MICROSECOND, Europe/Berlin>',
        y: 'Binary',
      })
    })
    // Fault: a column of dates took `abc`, and was one of texts in the next Parquet file.
    test.each([
      ['b', 'maybe'],
      ['d', '2023-02-29'],
      ['d', '2024-02-01 10:00:00'],
      ['n', '128'],
      ['n', '1.5'],
      ['u', '-1'],
      ['u', '18446744073709551616'],
      ['p', '1.234'],
      ['p', '12345.00'],
      ['t', '25:00:00'],
      ['t', '12:00:00.000001'],
      ['at', 'yesterday'],
      ['at', '2024-01-01T10:00:00Z'],
      ['at', '2024-01-01T10:00:00.500'],
      ['z', '2024-01-01T10:00:00'],
      ['y', '?!'],
      ['j', 'no'],
    ])('refuse what is no value of them: %s %s', async (column, value) => {
      const saved = await database.tables()
      const text = `id,${column}\n3,\n4,"${value}"\n`
      await expect(database.save('pinned', bench.file(text), { mode: 'upsert', branch: 'main' })).rejects.toMatchObject(
        { code: 'TYPE_MISMATCH', data: { line: 3, column, value } },
      )
      await expect(
        database.save(`new-${column}`, bench.file(text), {
          types: { [column]: pinned[column as keyof typeof pinned] },
        }),
      ).rejects.toMatchObject({ code: 'TYPE_MISMATCH' })
      expect(await database.tables()).toEqual(saved)
    })

    test('widen by a later file, and no row changes', async () => {
      await database.save('wider', file({ id: typed.id, n: [new arrow.Int8(), [1, 2, 3]] }), { key: 'id' })
      const wide = file({ id: typed.id, n: [new arrow.Float32(), [1, 2, 3.5]] })
      expect(await database.save('wider', wide)).toMatchObject({ added: 0, modified: 1, removed: 0 })
      expect(await typesOf('wider')).toEqual({ id: 'integer(16)', n: 'real(32)' })
      expect(await writtenTypes('wider')).toEqual({ id: 'Int16', n: 'Float32' })
    })

    test.each(['id', null])('widen where rows stay, too: the key %s', async (key) => {
      const table = `staying_${key}`
      await database.save(table, file({ id: [new arrow.Int8(), [1]], n: [new arrow.Int8(), [1]] }), { key })
      const more = file({ id: [new arrow.Int8(), [2]], n: [new arrow.Float64(), [2.5]] })
      expect(await database.save(table, more, { mode: 'append' })).toMatchObject({ added: 1, modified: 0, removed: 0 })
      expect(await typesOf(table)).toEqual({ id: 'integer(8)', n: 'real' })
      expect(await bench.text(database, table)).toBe('id,n\n1,1\n2,2.5\n')
      const texts = file({ id: [new arrow.Int8(), [3]], n: [new arrow.Utf8(), ['x']] })
      await expect(database.save(table, texts, { mode: 'append' })).rejects.toMatchObject({
        code: 'TYPE_MISMATCH',
        data: { column: 'n', value: 'x' },
      })
    })

    test('of a table of CSV stay any', async () => {
      await bench.save(database, 'loose', 'id,n\n1,1\n', { key: 'id' })
      await database.save('loose', file({ id: typed.id, n: [new arrow.Int8(), [1, 2, 3]] }))
      expect(await typesOf('loose')).toEqual({ id: 'any', n: 'any' })
    })

    test('travel with a branch and a merge', async () => {
      await database.save('branched', file(typed), { key: 'id' })
      await database.save('branched', bench.file('id,f,b,t,at,d\n9,2.0,true,007,1970-01-01,1.5\n'), {
        mode: 'append',
        branch: { from: 'main', mergeTo: 'main' },
      })
      expect(await typesOf('branched')).toEqual(declared)
      expect(await bench.text(database, 'branched')).toContain('9,2,true,007,1970-01-01T00:00:00,1.50\n')
    })
  })
}
