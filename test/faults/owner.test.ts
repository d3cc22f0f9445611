import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadAddon } from '../../dist/engines/doltlite/connection/addon.js'
import { open } from '../../dist/index.js'
import { currentOwner, ownerText } from '../../dist/system/owner.js'
import { commitsOf, expectClean, folder, pause, start, using } from './kit.ts'

/* A scratch branch goes only when its owner is surely gone. */

const DAYS = 3 * 24 * 60 * 60 * 1000

const started = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
}

it('a scratch branch stays with its owner', async () => {
  const path = join(folder(), 'x.db')
  const db = await open(path)
  await db.save('t', { rows: [{ k: 1 }] }, { key: 'k' })
  const sleeper = spawn('sleep', ['60'])
  try {
    const now = Date.now()
    const { host, started: own } = currentOwner()
    const other = { host: '00000000', pid: 1, started: 1 }
    const live = { host, pid: sleeper.pid!, started: started(sleeper.pid!) }
    const branches = {
      'another container, whose lock nobody holds': [other, now, false],
      'a live process': [live, now - DAYS, true],
      'a process whose number was used again': [{ ...live, started: live.started - 1 }, now, false],
      'a process that is gone': [{ host, pid: 4_194_303, started: 1 }, now, false],
      'this process': [{ host, pid: process.pid, started: own }, now, true],
      'a former process of our number': [{ host, pid: process.pid, started: own - 1 }, now, false],
    } as const
    const { DatabaseSync } = loadAddon()
    const raw = new DatabaseSync(path)
    const names = Object.entries(branches).map(([why, [owner, since]]) => {
      const name = `doltflow/scratch/${ownerText(owner)}/${since}-abcdef01/${Buffer.from(why).toString('hex').slice(0, 60)}`
      raw.prepare('SELECT dolt_branch(?)').get(name)
      return name
    })
    raw.close()
    await db.save('t', { rows: [{ k: 2 }] }, { mode: 'append' })
    const left = (await db.branches({ all: true })).map(({ name }) => name)
    expect(names.map((name) => left.includes(name))).toEqual(Object.values(branches).map(([, , stays]) => stays))
  } finally {
    sleeper.kill()
    await db.close()
  }
})

/** Of a process that has no pid of ours: the zombie that a parent has. */
function zombieOf(parent: number): boolean {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'latin1').trim().split(' ')
  return children.some((pid) => /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')))
}

// Fault: a save that was killed in a container whose first process reaps nothing counted as alive.
it('a zombie is not alive: its scratch branch goes, and its save can be tried again', async () => {
  const db = join(folder(), 'x.db')
  await using(db, (database) => database.save('t', { rows: [{ k: 1 }] }, { key: 'k' }))
  const saves = [{ table: 't', rows: [{ k: 2 }], options: { id: 'own-id', mode: 'append' } }]
  const wrap = ['sh', '-c', '"$@" & exec sleep 60', 'sh']
  const parent = start({ job: 'saves', db, saves }, { failpoint: 'built', wrap })
  try {
    while (!zombieOf(parent.pid)) await pause(20)
    await using(db, async (database) => {
      await database.save('t', { rows: [{ k: 2 }] }, { id: 'own-id', mode: 'append' })
      expect(await commitsOf(database, 'own-id')).toHaveLength(1)
      await expectClean(database)
    })
    expect(zombieOf(parent.pid)).toBe(true)
  } finally {
    parent.kill()
  }
})
