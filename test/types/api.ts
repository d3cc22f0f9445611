import { expectTypeOf } from 'vitest'
import {
  clone,
  ConflictError,
  DoltflowError,
  jsonlSink,
  open,
  type Action,
  type Batch,
  type Commit,
  type NotedBranch,
  type Database,
  type ErrorCode,
  type RowDiff,
  type Schema,
  type Sink,
  type Value,
} from '../../dist/index.js'

/* Checked by `tsc -p tsconfig.test.json`, never run: a wrong type here is an error there. */

export async function api(): Promise<void> {
  expectTypeOf(open).returns.resolves.toEqualTypeOf<Database>()
  const database = await open('pipeline.db', {
    branch: 'main',
    author: 'A <a@b.c>',
    sinks: [jsonlSink('actions.jsonl')],
    run: 'r',
    remote: 'origin',
  })

  expectTypeOf(await database.load('foo', 'foo.csv', { at: 'c1', ifChanged: true })).toEqualTypeOf<Action>()
  expectTypeOf(await database.load({ sql: 'SELECT 1' }, process.stdout)).toEqualTypeOf<Action>()
  expectTypeOf(
    await database.save('bar', 'bar.csv', {
      key: ['c'],
      mode: 'upsert',
      branch: { from: 'c2', mergeTo: 'main' },
      onConflict: 'theirs',
      types: { price: 'decimal(2)' },
      meta: (action) => expectTypeOf(action).toEqualTypeOf<Action>(),
      onProgress: ({ rows, bytes, totalBytes }) =>
        expectTypeOf([rows, bytes, totalBytes]).toEqualTypeOf<(number | undefined)[]>(),
      signal: AbortSignal.timeout(1000),
    }),
  ).toEqualTypeOf<Action>()
  await database.save('bar', ['a.csv', 'b.csv'], { branch: { new: 'exp', from: 'main' } })
  await database.save('bar', new Blob(['id\n1\n']).stream())
  await database.save('bar', { rows: [{ id: 1n, text: null }] })
  await database.save('bar', { rows: [[1, 'x']], columns: ['id', 'text'] })

  await database.load({ sql: 'SELECT ?, ?', parameters: [1n, 'x'] }, 'foo.csv')
  await database.load({ sql: 'SELECT :a', parameters: { a: null } }, 'foo.csv')
  await database.save('bar', 'bar.csv', { key: null, schema: 'replace' })
  const sources = { orders: 'o.csv', lines: ['l.csv', 'm.csv'], more: { rows: [{ id: 1 }] } }
  expectTypeOf(
    await database.saveAll(sources, { branch: 'main', tables: { orders: { key: 'id', mode: 'append' } } }),
  ).toEqualTypeOf<Action[]>()
  expectTypeOf(await database.loadAll('dump', { at: 'run:r', format: 'parquet' })).toEqualTypeOf<Action[]>()

  for await (const batch of database.rows('bar', { as: 'batches' })) expectTypeOf(batch).toEqualTypeOf<Batch>()
  for await (const row of database.diff('bar', 'HEAD~1')) expectTypeOf(row).toEqualTypeOf<RowDiff>()
  expectTypeOf<Batch['rows']>().toEqualTypeOf<Value[][]>()
  expectTypeOf<Value>().toEqualTypeOf<null | number | bigint | string | Uint8Array>()

  expectTypeOf(await database.log({ table: 'bar', limit: 1 })).toEqualTypeOf<Commit[]>()
  expectTypeOf(await database.branches({ all: true })).toEqualTypeOf<NotedBranch[]>()
  expectTypeOf(await database.schema('bar')).toEqualTypeOf<Schema | undefined>()
  expectTypeOf(await database.actions({ run: 'r' })).toEqualTypeOf<Action[]>()
  expectTypeOf(await database.merge('exp', { into: 'main', onConflict: 'ours' })).toEqualTypeOf<Action>()
  expectTypeOf(await database.resolve('HEAD~2')).toEqualTypeOf<string>()
  expectTypeOf(await clone('file:///remote.db', 'copy.db')).toEqualTypeOf<{ location: string; branches: string[] }>()
  expectTypeOf<typeof database>().toExtend<AsyncDisposable>()
  expectTypeOf(jsonlSink).returns.toExtend<Sink>()

  interface Price {
    id: number
    price: number
  }
  const prices: Price[] = []
  await database.save('bar', prices)
  await database.save('bar', { rows: prices, columns: ['id', 'price'] })

  const error = new ConflictError('CONFLICT', 'two sides')
  expectTypeOf(error).toExtend<DoltflowError>()
  expectTypeOf(error.code).toEqualTypeOf<ErrorCode>()
  expectTypeOf(error.retryable).toEqualTypeOf<boolean>()

  // @ts-expect-error a mode that there is not
  await database.save('bar', 'bar.csv', { mode: 'insert' })
  // @ts-expect-error a merge says where to
  await database.save('bar', 'bar.csv', { branch: { from: 'main' } })
  // @ts-expect-error a policy that there is not
  await database.merge('exp', { onConflict: 'mine' })
  // @ts-expect-error a policy for schemas that there is not
  await database.save('bar', 'bar.csv', { schema: 'loose' })
  // @ts-expect-error a branch is for all tables
  await database.saveAll({ bar: 'bar.csv' }, { tables: { bar: { branch: 'main' } } })
  // @ts-expect-error a load goes somewhere
  await database.load('bar')
}
