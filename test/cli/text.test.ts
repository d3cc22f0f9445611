import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { namesIn } from '../../dist/cli/lists.js'
import { graphRows } from '../../dist/cli/text/graph.js'
import { toJson } from '../../dist/cli/text/json.js'
import { alignedTable } from '../../dist/cli/text/table.js'
import { cut, pad, visible, widthOf, wrapped } from '../../dist/cli/text/width.js'
import { bytes, withoutPassword } from '../../dist/cli/text/words.js'
import { nearest, slipOf } from '../../dist/model/nearest.js'

describe('width', () => {
  it.each([
    ['abc', 3],
    ['日本語', 6],
    ['ｱ', 1],
    ['Ａ', 2],
    ['한국', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['👍', 2],
    ['👩‍👩‍👧‍👦', 2],
    ['👍🏽', 2],
    ['🇩🇪', 2],
    ['❤️', 2],
    ['☃', 1],
    ['\u200b', 0],
    ['नि', 1],
    ['→', 1],
    ['𠀀', 2],
  ])('of %s is %i', (text, width) => {
    expect(widthOf(text)).toBe(width)
  })

  it('cuts and fills to just so many columns', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, columns) => {
        const shown = visible(text)
        expect(widthOf(cut(shown, columns))).toBeLessThanOrEqual(columns)
        expect(widthOf(pad(cut(shown, columns), columns))).toBe(columns)
        if (widthOf(shown) <= columns) expect(cut(shown, columns)).toBe(shown)
      }),
    )
    expect(cut('日本語', 4)).toBe('日…')
    expect(cut('x'.repeat(1_000_000), 10)).toBe('xxxxxxxxx…')
  })

  it('spells control characters out', () => {
    expect(visible('a\nb\tc\u001b[31m\u202e\u0007\ud800')).toBe('a\\nb\\tc\\x1b[31m\\u202e\\x07\\ud800')
  })

  it('folds text at spaces', () => {
    expect(wrapped('aa bb cc', 5)).toEqual(['aa bb', 'cc'])
  })
})

describe('an aligned table', () => {
  // Fault: `blame` of 336,776 rows was "Maximum call stack size exceeded".
  it('takes any number of rows', () => {
    const rows = Array.from({ length: 300_000 }, (_, row) => [String(row)])
    expect(alignedTable(['n'], rows)).toHaveLength(300_001)
  })

  it('sets numbers at the right and cuts to the width', () => {
    expect(
      alignedTable(
        ['n', 'text'],
        [
          [{ text: '1', right: true }, '日本'],
          [{ text: '100', right: true }, 'b'],
        ],
      ),
    ).toEqual(['  n  text', '  1  日本', '100  b'])
    const lines = alignedTable(['a', 'b'], [['x'.repeat(30), 'y'.repeat(50)]], { columns: 40 })
    expect(lines.map(widthOf)).toEqual([22, 40])
  })

  it('leaves columns out where there are too many, and names them', () => {
    const names = Array.from({ length: 40 }, (_, index) => `column${index}`)
    const lines = alignedTable(names, [names], { columns: 60 })
    expect(lines.at(-1)).toMatch(/^\(\d+ more columns: column\d+, .*\)$/)
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(60)
  })

  it('fits any table into any width', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string(), { minLength: 3, maxLength: 3 }), { maxLength: 5 }),
        fc.integer({ min: 40, max: 120 }),
        (rows, columns) => {
          for (const line of alignedTable(['one', 'two', 'three'], rows, { columns }))
            expect(widthOf(line)).toBeLessThanOrEqual(columns)
        },
      ),
    )
  })
})

describe('JSON', () => {
  it('is what JSON.stringify gives, but for bigint and bytes', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void expect(toJson(value)).toBe(JSON.stringify(value))))
    expect(toJson({ n: 9223372036854775807n, skip: undefined, bytes: new Uint8Array([1, 2]) })).toBe(
      '{"n":9223372036854775807,"bytes":"AQI="}',
    )
  })
})

describe('a graph', () => {
  const draw = (history: string): string[] => {
    const commits = history
      .trim()
      .split('\n')
      .map((line) => {
        const [hash, ...parents] = line.trim().split(' ')
        return { hash: hash!, parents }
      })
    return graphRows(commits).flatMap(({ before, commit }, index) => [...before, `${commit} ${commits[index]!.hash}`])
  }

  it('draws a line', () => {
    expect(draw('c b\nb a\na')).toEqual(['* c', '* b', '* a'])
  })

  it('draws a merge', () => {
    expect(draw('m a b\nb base\na base\nbase')).toEqual(['* m', '|\\', '| * b', '* | a', '|/', '* base'])
  })

  it('draws parallel branches and crossings', () => {
    expect(draw('m2 m1 c\nm1 a b\nc base\nb base\na base\nbase')).toEqual([
      '* m2',
      '|\\',
      '* | m1',
      '|\\ \\',
      '| | * c',
      '| * | b',
      '* | | a',
      '| |/',
      '|/',
      '* base',
    ])
  })

  it('draws a lane that crosses another', () => {
    expect(draw('x a\ny z\nw a\nz\na')).toEqual(['* x', '| * y', '| | * w', '| * | z', '|  /', '|/', '* a'])
  })

  it('draws two histories', () => {
    expect(draw('b a\nx w\na\nw')).toEqual(['* b', '| * x', '* | a', ' /', '* w'])
  })
})

describe('words', () => {
  it('reads lists', () => {
    expect(namesIn('a, b,"c,d","e""f"', 'x')).toEqual(['a', 'b', 'c,d', 'e"f'])
    expect(() => namesIn('"a', 'x')).toThrow(/is no list/)
  })

  it('suggests', () => {
    const known = ['save', 'load', 'log', 'status', 'branch']
    expect(['sav', 'svae', 'stat', 'brnch', 'lgo', 'xyz', 'lo'].map((word) => nearest(word, known))).toEqual([
      'save',
      'save',
      'status',
      'branch',
      'log',
      undefined,
      'log',
    ])
  })

  it('tells a slip from a name of its own', () => {
    const known = ['weather', 'sales_2024', 'weather_daily', 't1', 'bar', 'orders', 'flights']
    expect(['weathr', 'wether', 'oders', 'flihgts'].map((name) => slipOf(name, known))).toEqual([
      'weather',
      'weather',
      'orders',
      'flights',
    ])
    for (const name of ['sales_2025', 'weather_hourly', 't2', 'baz', 'planes', 'weather', 'Weather'])
      expect([name, slipOf(name, known)]).toEqual([name, undefined])
  })

  it('hides passwords', () => {
    expect(withoutPassword('at mysql://me:secret@host:3306/db and http://x/y:z@w')).toBe(
      'at mysql://me:***@host:3306/db and http://x/y:z@w',
    )
  })

  it('gives sizes', () => {
    expect([0, 999, 1000, 13_988, 2_500_000].map(bytes)).toEqual(['0 bytes', '999 bytes', '1 kB', '14 kB', '2.5 MB'])
  })
})
