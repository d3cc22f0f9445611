import { describe, expect, it } from 'vitest'
import { checkRefName, checkRemoteName, checkTableName, isReservedBranch, isShared } from '../../dist/model/names.js'

function codeOf(check: () => void): string {
  try {
    check()
    return 'taken'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('names', () => {
  it.each([
    ['foo', 'taken'],
    ['a b', 'taken'],
    ['é😀', 'taken'],
    ['x'.repeat(64), 'taken'],
    ['x'.repeat(65), 'NAME_REFUSED'],
    ['', 'NAME_REFUSED'],
    ['.', 'NAME_REFUSED'],
    [' a', 'NAME_REFUSED'],
    ['a\u0000', 'NAME_REFUSED'],
    ['\ud800', 'NAME_REFUSED'],
    ['dolt_log', 'NAME_RESERVED'],
    ['DOLTx', 'NAME_RESERVED'],
    ['_doltflow_actions', 'NAME_RESERVED'],
    ['sqlite_x', 'NAME_RESERVED'],
  ])('of a table: %j is %s', (name, code) => {
    expect(codeOf(() => checkTableName(name))).toBe(code)
  })

  it.each([
    ['main', 'taken'],
    ['a/b', 'taken'],
    ['release-1.0', 'taken'],
    ['x'.repeat(200), 'taken'],
    ['x'.repeat(201), 'NAME_REFUSED'],
    ['HEAD', 'NAME_REFUSED'],
    ['-a', 'NAME_REFUSED'],
    ['a..b', 'NAME_REFUSED'],
    ['a//b', 'NAME_REFUSED'],
    ['a.lock', 'NAME_REFUSED'],
    ['a~1', 'NAME_REFUSED'],
    ['é', 'NAME_REFUSED'],
    // A commit's hash on one engine is no name on any.
    ['0123456789abcdef0123456789abcdef01234567', 'NAME_REFUSED'],
    ['0123456789abcdefghijklmnopqrstuv', 'NAME_REFUSED'],
    ['0123456789abcdefghijklmnopqrstuvw', 'taken'],
    ['doltflow', 'NAME_RESERVED'],
    ['doltflow/x', 'NAME_RESERVED'],
    ['doltflows', 'taken'],
  ])('of a branch: %j is %s', (name, code) => {
    expect(codeOf(() => checkRefName(name))).toBe(code)
  })

  it('of a remote', () => {
    expect(
      ['origin', 'a.b-c_1', '', '-a', 'a/b', 'doltflow-x'].map((name) => codeOf(() => checkRemoteName(name))),
    ).toEqual(['taken', 'taken', 'NAME_REFUSED', 'NAME_REFUSED', 'NAME_REFUSED', 'NAME_RESERVED'])
  })

  it('that are no text are refused', () => {
    expect(codeOf(() => checkTableName(3 as never))).toBe('NAME_REFUSED')
    expect(codeOf(() => checkRefName(undefined as never))).toBe('NAME_REFUSED')
  })

  it('of branches that travel, and of our own', () => {
    const names = ['main', 'doltflow', 'doltflow/scratch/x', 'conflict/1', 'doltflow/deleted/a']
    expect(names.filter(isShared)).toEqual(['main', 'doltflow'])
    expect(names.filter(isReservedBranch)).toEqual(['doltflow', 'doltflow/scratch/x', 'doltflow/deleted/a'])
  })
})
