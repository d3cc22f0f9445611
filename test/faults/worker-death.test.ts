import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { open } from '../../dist/index.js'
import { expectClean, folder, pause, rowsOf } from './kit.ts'

/* An engine's thread that dies (out of memory, a fault in the addon) takes one call with it, not the opened database. */

it('later calls work with a fresh thread', async () => {
  const workers: Worker[] = []
  const note = (worker: Worker): void => void workers.push(worker)
  process.on('worker', note)
  const db = await open(join(folder(), 'x.db'))
  try {
    await db.save('t', { rows: [{ k: 1, v: 'a' }] }, { key: 'k' })
    // (To end a thread within a call of the addon's ends the whole process: that can't be tried here.)
    await workers.at(-1)!.terminate()
    expect(await rowsOf(db, 't')).toEqual(['1,a'])
    const stream = new PassThrough()
    stream.write('k,v\n2,b\n')
    const saving = db.save('t', stream, { mode: 'append' }).catch((error: unknown) => error)
    await pause(200)
    await workers.at(-1)!.terminate()
    stream.end('3,c\n')
    expect(await saving).toMatchObject({ code: 'ENGINE_FAILED', retryable: true })
    expect((await db.save('t', { rows: [{ k: 4, v: 'd' }] }, { mode: 'append' })).added).toBe(1)
    expect(await rowsOf(db, 't')).toEqual(['1,a', '4,d'])
    await db.save('other', { rows: [{ k: 1 }] }, { key: 'k' })
    expect((await db.branches({ all: true })).filter(({ name }) => name.startsWith('doltflow/'))).toEqual([])
  } finally {
    process.off('worker', note)
    await db.close()
  }
})

it('a clean end of one leaves nothing', async () => {
  const db = await open(join(folder(), 'x.db'))
  await db.save('t', { rows: [{ k: 1 }] }, { key: 'k' })
  await db.close()
  const again = await open(db.location)
  await expectClean(again)
  await again.close()
})
