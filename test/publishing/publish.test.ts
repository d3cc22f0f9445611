import { beforeEach, describe, expect, it } from 'vitest'
import type { Hash } from '../../dist/index.js'
import { publish, publishOrKeep, type Publication } from '../../dist/publishing/publish.js'
import { createScratch } from '../../dist/publishing/scratch.js'
import { InMemory, refused, signed } from '../in-memory.ts'

describe('publishing work', () => {
  let db: InMemory
  let base: Hash
  beforeEach(async () => {
    db = await InMemory.open()
    base = await db.save('main', 't', 'id,a,b\n1,x,x\n2,y,y\n')
  })

  /** Work on a scratch branch at the base, and the plan to publish it. */
  async function worked(text: string, plan: Partial<Publication> = {}): Promise<Publication> {
    const { name } = await createScratch(db.session, base, 'an id')
    const commit = await db.save(name, 't', text)
    return { target: 'main', work: { branch: name, commit }, base, policy: 'fail', signature: signed('work'), ...plan }
  }
  const main = async () => db.text((await db.session.head('main'))!, 't')
  const kept = async () => (await db.branches()).filter((name) => name.startsWith('conflict/'))

  it('moves a branch forward that is still at the base', async () => {
    const plan = await worked('id,a,b\n1,x,x\n2,Y,y\n')
    expect(await publish(db.session, plan)).toEqual({ commit: plan.work.commit, merged: false, told: [] })
    expect(await db.session.head('main')).toBe(plan.work.commit)
  })

  it('merges with what others saved meanwhile, by row and cell', async () => {
    const plan = await worked('id,a,b\n1,x,THEIRS\n3,n,n\n')
    await db.save('main', 't', 'id,a,b\n1,OURS,x\n2,y,y\n')
    const published = await publish(db.session, plan)
    expect(published).toEqual({ commit: await db.session.head('main'), merged: true })
    expect(await main()).toBe('1,OURS,THEIRS\n3,n,n\n')
    expect((await db.session.commit(published.commit))!.parents).toHaveLength(2)
  })

  it('refuses to merge if that is not allowed, and says that a retry may help', async () => {
    const plan = await worked('id,a,b\n1,x,new\n2,y,y\n', { noMerge: true })
    const head = await db.save('main', 't', 'id,a,b\n1,new,x\n2,y,y\n')
    expect(await refused(publish(db.session, plan))).toMatchObject({
      code: 'CONFLICT',
      retryable: true,
      data: { branch: 'main', base, head, conflicts: [] },
    })
    expect(await db.session.head('main')).toBe(head)
    expect(await kept()).toEqual([])
  })

  it('keeps what conflicts on a branch of its own, and lists it', async () => {
    const plan = await worked('id,a,b\n1,theirs,x\n')
    const head = await db.save('main', 't', 'id,a,b\n1,ours,x\n2,edited,y\n')
    const error = await refused(publish(db.session, plan))
    expect(error).toMatchObject({ code: 'CONFLICT', data: { target: 'main', total: 2, tables: ['t'] } })
    expect(error.data['conflicts']).toEqual([
      {
        table: 't',
        key: { id: 1 },
        base: { id: 1, a: 'x', b: 'x' },
        ours: { id: 1, a: 'ours', b: 'x' },
        theirs: { id: 1, a: 'theirs', b: 'x' },
      },
      {
        table: 't',
        key: { id: 2 },
        base: { id: 2, a: 'y', b: 'y' },
        ours: { id: 2, a: 'edited', b: 'y' },
        theirs: null,
      },
    ])
    expect(await db.session.head('main')).toBe(head)
    const [branch] = await kept()
    expect(error.data['branch']).toBe(branch)
    expect(await db.session.head(branch!)).toBe(plan.work.commit)
  })

  it.each([
    ['ours', '1,ours,theirs\n2,edited,y\n'],
    ['theirs', '1,theirs,theirs\n'],
  ] as const)(
    'decides the conflicting cells alone by the policy %s, and of a delete against an edit the row',
    async (policy, merged) => {
      const plan = await worked('id,a,b\n1,theirs,theirs\n', { policy })
      await db.save('main', 't', 'id,a,b\n1,ours,x\n2,edited,y\n')
      expect(await publish(db.session, plan)).toMatchObject({ merged: true })
      expect(await main()).toBe(merged)
    },
  )

  it('makes a branch that is to be made; one that others made meanwhile is merged with', async () => {
    const first = await worked('id,a,b\n1,first,x\n2,y,y\n', { target: 'new', create: true })
    const second = await worked('id,a,b\n1,x,second\n2,y,y\n', { target: 'new', create: true })
    expect(await publish(db.session, first)).toEqual({ commit: first.work.commit, merged: false, told: [] })
    expect(await publish(db.session, second)).toMatchObject({ merged: true })
    expect(await db.text((await db.session.head('new'))!, 't')).toBe('1,first,second\n2,y,y\n')
  })

  it('says of a branch that was deleted meanwhile that a retry may help', async () => {
    const plan = await worked('id,a,b\n1,x,new\n', { target: 'gone' })
    expect(await refused(publish(db.session, plan))).toMatchObject({ code: 'BRANCH_NOT_FOUND', retryable: true })
  })

  it('asks whether it still may before it merges, and not before it moves a branch forward', async () => {
    const asked: string[] = []
    const mayPublish = async () => void asked.push('asked')
    await publish(db.session, await worked('id,a,b\n1,one,x\n2,y,y\n', { mayPublish }))
    expect(asked).toEqual([])
    await publish(db.session, await worked('id,a,b\n1,x,x\n2,two,y\n', { mayPublish }))
    expect(asked).toEqual(['asked'])
  })

  it('merges nothing that is there already: the branch stays', async () => {
    const text = 'id,a,b\n1,same,x\n2,y,y\n'
    const plan = await worked(text)
    const head = await db.save('main', 't', text)
    expect(await publish(db.session, plan)).toEqual({ commit: head, merged: false })
  })

  describe('tables that can’t be merged', () => {
    it.each([
      ['another key', 'id,a,b\n1,x,x\n', 'id,a,b\n1,x,z\n', ['a'], /its key is id on one side and a on the other/],
      [
        'a column that one dropped and the other filled',
        'id,a\n1,x\n2,y\n',
        'id,a,b\n1,x,x\n2,y,new\n',
        ['id'],
        /dropped column b/,
      ],
    ])('%s: kept, and the tables are named with both schemas', async (_, ours, theirs, key, reason) => {
      const { name } = await createScratch(db.session, base, 'an id')
      const commit = await db.save(name, 't', theirs, { key })
      const head = await db.save('main', 't', ours)
      const plan: Publication = {
        target: 'main',
        work: { branch: name, commit },
        base,
        policy: 'ours',
        signature: signed('work'),
      }
      const error = await refused(publishOrKeep(db.session, plan))
      expect(error).toMatchObject({ code: 'SCHEMA_CONFLICT', data: { tables: ['t'], target: 'main' } })
      expect(String(error.data['reason'])).toMatch(reason)
      expect(await db.session.head('main')).toBe(head)
      expect(await db.session.head((await kept())[0]!)).toBe(commit)
    })

    it('a table that one dropped and the other changed', async () => {
      const plan = await worked('id,a,b\n1,x,new\n2,y,y\n')
      await db.drop('main', 't')
      expect(await refused(publishOrKeep(db.session, plan))).toMatchObject({
        code: 'SCHEMA_CONFLICT',
        data: { reason: expect.stringContaining('dropped the table') },
      })
    })
  })
})
