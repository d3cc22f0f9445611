import { describe, expect, it } from 'vitest'
import { mergeRow, isConflict, type RowSides } from '../../dist/engines/merge-row.js'

const sides = (base: RowSides['base'], ours: RowSides['ours'], theirs: RowSides['theirs']): RowSides => ({
  base,
  ours,
  theirs,
})

describe('the three-way merge of a row', () => {
  it.each([
    ['each changed another cell', sides(['x', 'y'], ['X', 'y'], ['x', 'Y']), false, ['X', 'Y'], ['X', 'Y']],
    ['both changed a cell alike', sides(['x'], ['z'], ['z']), false, ['z'], ['z']],
    ['both changed a cell', sides(['x', 'y'], ['o', 'y'], ['t', 'Y']), true, ['o', 'Y'], ['t', 'Y']],
    ['ours deleted, theirs changed', sides(['x'], null, ['t']), true, null, ['t']],
    ['ours changed, theirs deleted', sides(['x'], ['o'], null), true, ['o'], null],
    ['both added, not alike', sides(null, ['o', 'same'], ['t', 'same']), true, ['o', 'same'], ['t', 'same']],
    [
      'both added, each with a column of its own',
      sides(null, ['k', 'o', undefined], ['k', undefined, 't']),
      false,
      ['k', 'o', 't'],
      ['k', 'o', 't'],
    ],
    ['a new column of one side', sides(['x', undefined], ['X', undefined], ['x', 'n']), false, ['X', 'n'], ['X', 'n']],
    [
      'a new column of both: one left it empty',
      sides(['x', undefined], ['x', null], ['x', 'n']),
      false,
      ['x', 'n'],
      ['x', 'n'],
    ],
    [
      'a new column of both: both filled it',
      sides(['x', undefined], ['x', 'o'], ['x', 't']),
      true,
      ['x', 'o'],
      ['x', 't'],
    ],
    ['a number and its text are two cells', sides([1], ['1'], [2]), true, ['1'], [2]],
    ['an empty text is not NULL', sides([null], [''], ['t']), true, [''], ['t']],
  ] as [string, RowSides, boolean, unknown, unknown][])('%s', (_, row, conflicts, ours, theirs) => {
    expect(isConflict(row)).toBe(conflicts)
    expect([mergeRow(row, 'ours'), mergeRow(row, 'theirs')]).toEqual([ours, theirs])
  })
})
