import { EventEmitter, once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { DoltflowError, open } from '../../dist/index.js'
import { expectClean, folder, leftovers, pause, random, rowsOf, text } from './kit.ts'

/*
 * An abort throws ABORTED; nothing is changed and nothing left by the call itself. The moments are a share of what
 * the same work takes here when nobody aborts it.
 */

const SEED = 7

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await work()
  return performance.now() - since
}

async function aborted(
  work: (signal: AbortSignal) => Promise<unknown>,
  after: number,
): Promise<DoltflowError | undefined> {
  const controller = new AbortController()
  const done = work(controller.signal).then(
    () => undefined,
    (error: unknown) => error,
  )
  await pause(after)
  controller.abort()
  const error = await done
  if (error === undefined) return undefined
  expect(error).toBeInstanceOf(DoltflowError)
  expect(error).toMatchObject({ code: 'ABORTED', retryable: true })
  return error as DoltflowError
}

it('a save that is aborted at random moments is done wholly or not at all', async () => {
  const place = folder()
  const db = await open(join(place, 'x.db'))
  const file = join(place, 'big.csv')
  await db.save('t', { rows: [{ k: -1, v: 'first' }] }, { key: 'k' })
  const write = (round: number) =>
    writeFileSync(file, `k,v\n${Array.from({ length: 60_000 }, (_, n) => `${n},value ${n} of ${round}\n`).join('')}`)
  write(-1)
  const whole = await timeOf(() => db.save('t', file))
  const next = random(SEED)
  let stopped = 0
  for (let round = 0; round < 12; round++) {
    write(round)
    const before = await db.resolve('main')
    const records = (await db.actions()).length
    const error = await aborted((signal) => db.save('t', file, { signal }), round === 0 ? 0 : next() * whole)
    if (error) stopped++
    expect((await db.resolve('main')) === before).toBe(error !== undefined)
    expect(await db.actions()).toHaveLength(records + (error ? 0 : 1))
    await expectClean(db)
  }
  expect(stopped).toBeGreaterThan(2)
  await db.close()
})

it('a save that was aborted before it began does nothing', async () => {
  const db = await open(join(folder(), 'x.db'))
  await expect(db.save('t', { rows: [{ k: 1 }] }, { key: 'k', signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'ABORTED',
  })
  await db.save('t', { rows: [{ k: 1 }] }, { key: 'k' })
  await expectClean(db)
  await db.close()
})

it('a save from a stream that gives nothing is aborted', async () => {
  const db = await open(join(folder(), 'x.db'))
  await db.save('t', { rows: [{ k: 1 }] }, { key: 'k' })
  const stream = new PassThrough()
  stream.write('k\n2\n')
  expect(await aborted((signal) => db.save('t', stream, { signal }), 100)).toBeDefined()
  async function* rows() {
    yield { k: 3 }
    await new Promise(() => {})
  }
  expect(await aborted((signal) => db.save('t', { rows: rows() }, { signal }), 100)).toBeDefined()
  await expectClean(db)
  expect(await rowsOf(db, 't')).toEqual(['1'])
  await db.close()
})

it('a load that is aborted at random moments leaves the file as it was', async () => {
  const place = folder()
  const db = await open(join(place, 'x.db'))
  const file = join(place, 'out.csv')
  await db.save('t', { rows: Array.from({ length: 100_000 }, (_, k) => ({ k, v: `value ${k}` })) }, { key: 'k' })
  const whole = await timeOf(() => db.load('t', file))
  const next = random(SEED)
  let stopped = 0
  for (let round = 0; round < 12; round++) {
    writeFileSync(file, 'as it was\n')
    const error = await aborted((signal) => db.load('t', file, { signal }), next() * whole)
    if (error) stopped++
    expect(text(file) === 'as it was\n').toBe(error !== undefined)
    expect(leftovers(db.location)).toEqual([])
  }
  expect(stopped).toBeGreaterThan(2)
  await db.close()
})

it('a load into a stream that takes nothing is aborted, and one that is closed fails', async () => {
  const db = await open(join(folder(), 'x.db'))
  await db.save('t', { rows: Array.from({ length: 50_000 }, (_, k) => ({ k, v: `value ${k}` })) }, { key: 'k' })
  expect(await aborted((signal) => db.load('t', new Writable({ write() {} }), { signal }), 300)).toBeDefined()
  const closed = new Writable({ write() {} })
  setTimeout(() => closed.destroy(), 200)
  await expect(db.load('t', closed)).rejects.toMatchObject({ code: 'IO_FAILED' })
  const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
  await expect(db.load('t', broken)).rejects.toThrow('EPIPE')
  await db.close()
})

it('a call that waits for a silent remote ends at once, and what it left ends by itself', async () => {
  const requests: Socket[] = []
  const asked = new EventEmitter()
  const server = createServer((request) => {
    requests.push(request.socket)
    asked.emit('request')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const remote = `http://127.0.0.1:${(server.address() as AddressInfo).port}/db`
  const db = await open(join(folder(), 'x.db'))
  const { toCommit } = await db.save('t', { rows: [{ k: 1 }] }, { key: 'k' })
  const controller = new AbortController()
  const saving = db.save('t', { rows: [{ k: 2 }] }, { remote, signal: controller.signal })
  await once(asked, 'request')
  controller.abort()
  await expect(saving).rejects.toMatchObject({ code: 'ABORTED', retryable: true })
  // The engine itself still waits for its answer.
  expect(requests.map(({ closed }) => closed)).toEqual([false])
  expect(await db.resolve('main')).toBe(toCommit)
  server.closeAllConnections()
  server.close()
  await db.save('t', { rows: [{ k: 3 }] })
  expect(await rowsOf(db, 't')).toEqual(['3'])
  await expectClean(db)
  await db.close()
})
