import { writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open, type Action, type Database, type Progress } from '../../dist/index.js'
import { commitsOf, folder, isRoot, otherHost, pause, rowsOf, run, start, stoppedBelow } from '../faults/kit.ts'
import { missingDolt, startServer, type TestServer } from './dolt-server.ts'

/* Promise 12 on a server: a save that was killed on one host is tried again on another, which sees no process of the first. */

const LIMIT = 60_000
const ROWS = 60_000
const EARLY = ['pulled', 'staged', 'stage-finished', 'scratch-created', 'built']
const LATE = ['moved', 'acknowledged', 'published', 'recorded', 'scratch-deleted', 'saved', 'pushed']

describe.skipIf(missingDolt() !== undefined || !isRoot)('a save on a Dolt server', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server?.remove())

  async function filled(name: string): Promise<Database> {
    const db = await open(server.url(name), { create: true })
    await db.save('t', { rows: [{ k: 'first' }] }, { key: 'k' })
    return db
  }

  async function expectOnce(db: Database, id: string, action: Action): Promise<void> {
    expect(await commitsOf(db, id)).toEqual([action.toCommit])
    expect((await db.actions({ run: id })).map((one) => one.toCommit)).toEqual([action.toCommit])
  }

  const internal = async (db: Database): Promise<string[]> =>
    (await db.branches({ all: true })).map(({ name }) => name).filter((name) => name.startsWith('doltflow/'))

  it('killed at any step, and tried again on another host, is done once, in time', async () => {
    const db = await filled('killed')
    const save = (id: string) => ({ table: 't', rows: [{ k: id }], options: { id, mode: 'append' as const, run: id } })
    const steps = [...EARLY, ...LATE]
    for (const step of steps) {
      const job = { job: 'saves', db: server.url('killed'), saves: [save(step)] }
      const killed = await run(job, { failpoint: step, wrap: otherHost(`host-of-${step}`) })
      expect(killed).toMatchObject({ code: 137, lines: [] })
    }
    const begun = Date.now()
    const told: Progress[] = []
    const actions = await Promise.all(
      steps.map(async (step) => {
        const { table, rows, options } = save(step)
        const action = await db.save(table, { rows }, { ...options, onProgress: (progress) => told.push(progress) })
        return { step, action, ms: Date.now() - begun }
      }),
    )
    for (const { step, action, ms } of actions) {
      expect(ms).toBeLessThan(LIMIT)
      expect([step, Date.parse(action.startedAt) < begun]).toEqual([step, LATE.includes(step)])
      await expectOnce(db, step, action)
    }
    expect(told.some(({ waitsFor }) => /another host or container/.test(waitsFor ?? ''))).toBe(true)
    expect((await rowsOf(db, 't'))!.toSorted()).toEqual([...steps, 'first'].toSorted())
    // What was recorded needs nobody to wait for its owner: what that left goes a day later.
    const recorded = Buffer.from('recorded').toString('hex')
    expect((await internal(db)).filter((name) => !name.endsWith(recorded))).toEqual([])
    await db.close()
  })

  it.for(['scratch-created', 'built', 'moved'])(
    'taken for gone at %s, since its host stood still, does nothing twice when it goes on',
    async (step) => {
      const name = `stopped_${step.replace('-', '_')}`
      const db = await filled(name)
      const options = { id: 'own-id', mode: 'append' as const, run: 'own-id' }
      const job = { job: 'saves', db: server.url(name), saves: [{ table: 't', rows: [{ k: 'own' }], options }] }
      const env = { DOLTFLOW_FAILSIGNAL: 'SIGSTOP' }
      const owner = start(job, { failpoint: step, wrap: otherHost(`stopped-${step}`), env })
      const stopped = await stoppedBelow(owner.pid)
      // Somebody else's work, so that the owner meets a head that has moved.
      await db.save('t', { rows: [{ k: 'other' }] }, { mode: 'append' })
      const action = await db.save('t', { rows: [{ k: 'own' }] }, options)
      process.kill(stopped, 'SIGCONT')
      const ended = await owner.ended
      expect(ended).toMatchObject({ code: 0, stderr: '' })
      expect(ended.lines[0]).toMatchObject({ action: { id: 'own-id', toCommit: action.toCommit } })
      await expectOnce(db, 'own-id', action)
      expect((await rowsOf(db, 't'))!.toSorted()).toEqual(['first', 'other', 'own'])
      await db.close()
    },
  )

  it('that lives on another host and is slow is not robbed: its lease is renewed while it sends', async () => {
    const db = await filled('slow')
    const network = await slowNetwork(server.port)
    const url = new URL(server.url('slow'))
    url.port = String(network.port)
    const file = join(folder(), 'big.csv')
    writeFileSync(file, `k,v\n${Array.from({ length: ROWS }, (_, n) => `row ${n},${'x'.repeat(40)}\n`).join('')}`)
    const options = { id: 'own-id', mode: 'append' as const, run: 'own-id' }
    const saves = [{ table: 'big', file, options: { ...options, key: 'k' } }]
    const owner = start({ job: 'saves', db: url.href, saves }, { wrap: otherHost('slow-host') })
    while (!network.isHeld()) await pause(50)
    const scratch = (await internal(db)).find((name) => name.startsWith('doltflow/scratch/'))
    expect(scratch).toBeDefined()
    const waiting = db.save('big', file, { ...options, key: 'k' })
    await expect(waiting).rejects.toMatchObject({ code: 'DATABASE_BUSY', retryable: true })
    expect(await internal(db)).toContain(scratch)
    expect((await internal(db)).some((name) => name.startsWith('doltflow/lease/'))).toBe(true)
    network.release()
    const ended = await owner.ended
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    const again = await db.save('big', file, { ...options, key: 'k' })
    await expectOnce(db, 'own-id', again)
    expect(await db.rowCount('big')).toBe(ROWS)
    expect(await internal(db)).toEqual([])
    network.close()
    await db.close()
  })
})

interface SlowNetwork {
  port: number
  /** Whether it holds back what a client sends. */
  isHeld(): boolean
  release(): void
  close(): void
}

/** Carries bytes to a port of this machine, but holds back a client that sends much, until it is told to go on. */
async function slowNetwork(target: number): Promise<SlowNetwork> {
  const MUCH = 200_000
  let held = false
  let go = (): void => {}
  const released = new Promise<void>((resolve) => (go = resolve))
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}))
    upstream.pipe(client)
    client.on('close', () => upstream.destroy())
    let sent = 0
    client.on('data', (chunk: Buffer) => {
      sent += chunk.length
      if (sent <= MUCH) return void upstream.write(chunk)
      held = true
      client.pause()
      void released.then(() => {
        upstream.write(chunk)
        sent = -Infinity
        client.resume()
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    isHeld: () => held,
    release: go,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
