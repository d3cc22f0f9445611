import { spawnSync } from 'node:child_process'
import { beforeEach, describe, expect, it } from 'vitest'
import { readRecords } from '../../dist/history/records.js'
import type { Hash } from '../../dist/index.js'
import { fullMessage, TRAILERS } from '../../dist/model/trailers.js'
import { recover } from '../../dist/publishing/recover.js'
import { currentOwner, ownerText } from '../../dist/system/owner.js'
import { hex, scratchName } from '../../dist/system/scratch-name.js'
import { InMemory, signed } from '../in-memory.ts'

/** A process that is surely gone. */
const gone = spawnSync(process.execPath, ['-e', '']).pid

describe('recovering what processes that are gone have left', () => {
  let db: InMemory
  let base: Hash
  beforeEach(async () => {
    db = await InMemory.open()
    base = await db.save('main', 't', 'id,a\n1,x\n')
  })

  function leftBy(pid: number, since: number, host = currentOwner().host): string {
    const owner = ownerText({ ...currentOwner(), host, pid })
    return `doltflow/scratch/${owner}/${since}-00000000/${hex('the id')}`
  }

  /** A commit on a scratch branch, whose trailers say that it is the work of an action for main. */
  async function work(scratch: string): Promise<Hash> {
    await db.save(scratch, 't', 'id,a\n1,x\n2,y\n', { from: base })
    const trailers = {
      [TRAILERS.action]: 'the id',
      [TRAILERS.branch]: 'main',
      [TRAILERS.table]: 't',
      [TRAILERS.run]: 'r',
    }
    const { commit } = await db.session.squash(scratch, base, signed(fullMessage('save t', trailers)))
    return commit!
  }
  const actions = () => readRecords(db.session, {})

  it('drops work that was not published', async () => {
    await work(leftBy(gone, Date.now()))
    await recover(db.session)
    expect(await db.branches()).toEqual(['main'])
    expect(await db.session.head('main')).toBe(base)
    expect(await actions()).toEqual([])
  })

  it('records work that was published, from its trailers, once', async () => {
    const scratch = leftBy(gone, Date.now())
    const commit = await work(scratch)
    await db.session.fastForward('main', base, commit)
    await recover(db.session)
    await recover(db.session)
    expect(await db.branches()).toEqual(['doltflow', 'main'])
    expect(await actions()).toMatchObject([
      {
        id: 'the id',
        table: 't',
        run: 'r',
        branch: 'main',
        fromCommit: base,
        toCommit: commit,
        changed: true,
        added: 1,
      },
    ])
  })

  it('records work that was merged, with the commit of the merge', async () => {
    const commit = await work(leftBy(gone, Date.now()))
    await db.save('main', 't', 'id,a\n1,edited\n')
    const message = (await db.session.commit(commit))!
    const merged = await db.session.merge(
      'main',
      commit,
      'fail',
      signed(fullMessage(message.message, message.trailers)),
    )
    expect(merged).toMatchObject({ merged: true })
    await recover(db.session)
    expect(await actions()).toMatchObject([
      { id: 'the id', fileCommit: commit, toCommit: await db.session.head('main'), merged: true },
    ])
  })

  it('leaves the work of a process that runs', async () => {
    const scratch = scratchName('the id')
    await work(scratch)
    await recover(db.session)
    expect(await db.branches()).toEqual([scratch, 'main'])
  })

  it('leaves the work of another host, until its lease is over', async () => {
    const [fresh, old] = [leftBy(1, Date.now(), '0badcafe'), leftBy(1, Date.now() - 25 * 60 * 60 * 1000, '0badcafe')]
    await db.session.createBranch(fresh, base)
    await db.session.createBranch(old, base)
    await recover(db.session)
    expect(await db.branches()).toEqual([fresh, 'main'])
  })

  it('leaves branches that are no scratch branches, whatever they are called', async () => {
    await db.session.createBranch('doltflow/scratch/nonsense', base)
    await db.session.createBranch('scratch', base)
    await recover(db.session)
    expect(await db.branches()).toEqual(['doltflow/scratch/nonsense', 'main', 'scratch'])
  })
})
