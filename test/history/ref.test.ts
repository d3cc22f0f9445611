import { beforeAll, describe, expect, it } from 'vitest'
import { writeRecord } from '../../dist/history/records.js'
import { headOf, resolveRef } from '../../dist/history/ref.js'
import type { Hash } from '../../dist/index.js'
import { composeAction, newIntent } from '../../dist/model/action.js'
import { InMemory, refused, signed } from '../in-memory.ts'

describe('a ref', () => {
  let db: InMemory
  const commits: Hash[] = []
  beforeAll(async () => {
    db = await InMemory.open()
    for (const [day, text] of ['id\n1\n', 'id\n1\n2\n', 'id\n3\n'].entries()) {
      await db.save('main', 't', text)
      const parent = (await db.session.ancestor((await db.session.head('main'))!, 1))!
      const signature = { ...signed(`day ${day + 1}`), date: `2026-01-0${day + 1}T12:00:00Z` }
      commits.push((await db.session.squash('main', parent, signature)).commit!)
    }
    await db.session.createBranch('side', commits[1]!)
    await db.session.createTag('v1', commits[0]!)
    const intent = newIntent('save', 'an id', new Date(0))
    await writeRecord(db.session, {
      ...composeAction({ ...intent, table: 't', run: 'r~1', branch: 'main' }, {}),
      toCommit: commits[1]!,
    })
  })
  const at = (ref: string, defaultBranch = 'main') => resolveRef(db.session, ref, { defaultBranch, table: 't' })

  it.each([
    ['main', 2],
    ['HEAD', 2],
    ['side', 1],
    ['v1', 0],
    ['main~1', 1],
    ['main~', 1],
    ['HEAD~2', 0],
    ['side~0', 1],
    ['run:r~1', 1],
    ['2026-01-02', 1],
    ['2026-01-02T12:00:00Z', 1],
    ['2026-01-02T11:59:59Z', 0],
    ['2026-01-02T13:30:00+02:00', 0],
    ['2026-02-01', 2],
  ])('%s names commit %i', async (ref, commit) => {
    expect(await at(ref)).toBe(commits[commit])
  })

  it('HEAD and dates mean the default branch', async () => {
    expect(await at('HEAD', 'side')).toBe(commits[1])
    expect(await at('2026-02-01', 'side')).toBe(commits[1])
    expect((await refused(at('HEAD', 'none'))).code).toBe('BRANCH_NOT_FOUND')
  })

  it('a hash names its commit, as does its beginning if there is one alone, in capitals too', async () => {
    const [first] = commits as [Hash]
    expect(await at(first)).toBe(first)
    const short = Array.from({ length: 37 }, (_, more) => first.slice(0, 4 + more)).find(
      (prefix) => commits.filter((hash) => hash.startsWith(prefix)).length === 1,
    )!
    expect(await at(short)).toBe(first)
    expect(await at(short.toUpperCase())).toBe(first)
    expect((await refused(at('zzzz'))).code).toBe('REF_NOT_FOUND')
  })

  it('a whole hash names a commit that no branch leads to', async () => {
    const lost = await db.save('lost', 't', 'id\n9\n', { from: commits[0]! })
    await db.session.deleteBranch('lost')
    expect(await at(lost)).toBe(lost)
    expect((await refused(at(lost.slice(0, 39)))).code).toBe('REF_NOT_FOUND')
  })

  it.each([
    ['none', 'REF_NOT_FOUND', /no branch, tag, commit, run or date/],
    ['main~9', 'REF_NOT_FOUND', /fewer than 9 commits/],
    ['MAIN', 'REF_NOT_FOUND', /There is main, which differs only in case/],
    ['1999-01-01', 'REF_NOT_FOUND', /has no commit at or before it/],
    ['2026-02-30', 'REF_NOT_FOUND', /no branch/],
    ['run:unknown', 'RUN_NOT_FOUND', /neither saved nor loaded/],
  ])('%s is refused with %s', async (ref, code, message) => {
    const error = await refused(at(ref))
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)])
  })

  it('a branch that is not there is told with those that are', async () => {
    const error = await refused(headOf(db.session, 'Side'))
    expect(error).toMatchObject({ code: 'BRANCH_NOT_FOUND', data: { branches: ['main', 'side'] } })
    expect(error.message).toContain('There is side')
  })
})
