import { describe, expect, it } from 'vitest'
import type { ColumnType, Schema } from '../../dist/index.js'
import { checkPlan, nextSchema, type SchemaPlan } from '../../dist/verbs/save/next-schema.js'

/** `id integer, a any` and a key. */
function schema(columns: string, key = 'id'): Schema {
  return {
    columns: columns.split(', ').map((column) => {
      const [name, type] = column.split(' ') as [string, ColumnType | undefined]
      return { name, type: type ?? 'any' }
    }),
    key: key === '' ? [] : key.split(','),
  }
}

function plan(before: Schema | undefined, more: Partial<SchemaPlan> = {}): SchemaPlan {
  return { table: 't', before, key: before?.key ?? ['id'], policy: 'evolve', mode: 'replace', ...more }
}

function codeOf(work: () => unknown): string {
  try {
    work()
    return 'taken'
  } catch (error) {
    return (error as { code: string }).code
  }
}

const before = schema('id, a, b')

describe('the next schema of a table', () => {
  it('is the source’s, of a first save', () => {
    const source = schema('id integer, a')
    expect(nextSchema(plan(undefined), source.columns)).toEqual(source)
  })

  it('keeps the table’s order, and has new columns at its end', () => {
    expect(nextSchema(plan(before), schema('n, b, id, a, m').columns)).toEqual(schema('id, a, b, n, m'))
  })

  it('takes a wider type', () => {
    expect(nextSchema(plan(schema('id, a integer')), schema('id, a').columns)).toEqual(schema('id, a any'))
  })

  it('keeps a column that the source of an upsert lacks', () => {
    expect(nextSchema(plan(before, { mode: 'upsert' }), schema('c, id, b').columns)).toEqual(schema('id, a, b, c'))
  })

  it.each([
    ['a column that the source lacks', plan(before), 'id, a', 'COLUMN_MISSING'],
    [
      'a column that a strict upsert lacks',
      plan(before, { mode: 'upsert', policy: 'strict' }),
      'id, a',
      'COLUMN_MISSING',
    ],
    ['a column that an upsert has in another case', plan(before, { mode: 'upsert' }), 'id, A, b', 'COLUMN_MISSING'],
    ['a column that an append lacks', plan(before, { mode: 'append' }), 'id, a', 'COLUMN_MISSING'],
    ['a key that the source lacks', plan(undefined, { key: ['k'] }), 'id, a', 'COLUMN_MISSING'],
    ['a column of a name that is ours', plan(before), 'id, a, b, _DoltFlow_row', 'NAME_RESERVED'],
    ['any change, if strict', plan(before, { policy: 'strict' }), 'id, a, b, c', 'SCHEMA_STRICT'],
    ['no change, if strict', plan(before, { policy: 'strict' }), 'b, a, id', 'taken'],
    [
      'a wider type that the caller pins, for rows that stay',
      plan(schema('id, a integer'), { mode: 'upsert', pinned: ['a'] }),
      'id, a text',
      'OPTION_INVALID',
    ],
    [
      'a wider type of the source, for rows that stay',
      plan(schema('id, a integer'), { mode: 'upsert' }),
      'id, a real',
      'taken',
    ],
    ['a new column for rows that stay', plan(before, { mode: 'append' }), 'id, a, b, c', 'taken'],
    ['a dropped column, if the schema is replaced', plan(before, { policy: 'replace' }), 'id, a', 'taken'],
    [
      'a dropped column for rows that stay',
      plan(before, { policy: 'replace', mode: 'append' }),
      'id, a',
      'OPTION_INVALID',
    ],
  ])('%s: %s', (_, given, source, code) => {
    expect(codeOf(() => nextSchema(given, schema(source).columns))).toBe(code)
  })

  it.each([
    ['another key', plan(before, { key: ['a'] }), {}, 'KEY_CHANGED'],
    ['another key, if the schema is replaced', plan(before, { key: ['a'], policy: 'replace' }), {}, 'taken'],
    ['a key for a table without one', plan(schema('id, a', ''), { key: ['id'] }), {}, 'taken'],
    ['a narrower type', plan(before), { a: 'integer' }, 'TYPE_CHANGED'],
    ['a wider type', plan(schema('id, a integer')), { a: 'real' }, 'taken'],
    ['an upsert without a key', plan(schema('id, a', ''), { mode: 'upsert' }), {}, 'KEY_REQUIRED'],
  ] as [string, SchemaPlan, Record<string, ColumnType>, string][])(
    'before the source is read, %s: %s',
    (_, given, types, code) => {
      expect(codeOf(() => checkPlan(given, types))).toBe(code)
    },
  )
})
