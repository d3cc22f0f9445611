import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { open, webhookSink, type Action, type Database, type Sink } from '../../dist/index.js'
import { Receiver } from './receiver.ts'

let folder: string
let receiver: Receiver
let database: Database | undefined
const stateHome = process.env['XDG_STATE_HOME']

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doltflow-outbox-'))
  process.env['XDG_STATE_HOME'] = join(folder, 'state')
  receiver = new Receiver()
  await receiver.start()
})
afterEach(async () => {
  await database?.close()
  database = undefined
  await receiver.stop()
  process.env['XDG_STATE_HOME'] = stateHome
  rmSync(folder, { recursive: true, force: true })
})

async function opened(...sinks: Sink[]): Promise<Database> {
  await database?.close()
  database = await open(join(folder, 'a.db'), { sinks })
  return database
}
const row = (id: number) => ({ key: 'id', rows: [{ id, a: 'x' }] })
function save(db: Database, id: number): Promise<Action> {
  const { rows } = row(id)
  return db.save('foo', rows, { key: 'id', mode: 'upsert' })
}
const ids = () => receiver.taken.map(({ body }) => body.action.id)
const waiting = () =>
  readdirSync(join(folder, 'state', 'doltflow', 'outbox'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(json|sending-.*|new)$/.test(name),
  )

describe('a webhook', () => {
  test('has each action once, in order, and what becomes of runs', async () => {
    const db = await opened(`webhook:${receiver.url}/hook?token=t0p`)
    const saved = await save(db, 1)
    await db.run({ id: 'night 1' }, async (run) => {
      await save(run, 2)
    })
    expect(saved.notices.filter(({ code }) => code === 'SINK_FAILED')).toEqual([])
    const told = receiver.taken.map(({ body }) => (body.type === 'run' ? `run ${body.run.event}` : body.action.kind))
    expect(told).toEqual(['save', 'run begun', 'save', 'merge', 'run published'])
    expect(receiver.taken[0]!.body.action).toMatchObject({ id: saved.id, toCommit: saved.toCommit, rows: 1 })
    expect(receiver.taken[0]!.path).toBe('/hook?token=t0p')
    expect(receiver.taken[0]!.headers['idempotency-key']).toBe(saved.id)
    expect(waiting()).toEqual([])
  })

  test('signs its bodies, and sends credentials as a header alone', async () => {
    const url = receiver.url.replace('http://', 'http://user:p%40ss@')
    const db = await opened(webhookSink(url, { secret: 'key' }))
    receiver.answer = () => 503
    const { notices } = await save(db, 1)
    expect(JSON.stringify(notices)).toContain('SINK_FAILED')
    const kept = waiting().map((name) => readFileSync(join(folder, 'state', 'doltflow', 'outbox', name), 'utf8'))
    expect(kept).toHaveLength(1)
    for (const text of [...kept, JSON.stringify(notices)]) expect(text).not.toMatch(/p@ss|p%40ss|"key"\s*:\s*"key"/)
    receiver.answer = () => 200
    await save(db, 2)
    // For a while after a failure no save waits; the close does.
    await db.close()
    const [first] = receiver.taken
    expect(first!.headers.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`)
    const hmac = createHmac('sha256', 'key').update(JSON.stringify(first!.body)).digest('hex')
    expect(first!.headers['x-doltflow-signature']).toBe(`sha256=${hmac}`)
  })

  test('that is down: the save stands and says so, and all comes later, in order, also by another process', async () => {
    await receiver.stop()
    const sink = `webhook:${receiver.url}`
    const db = await opened(sink)
    const first = await save(db, 1)
    expect(first.changed).toBe(true)
    expect(first.notices).toContainEqual({
      code: 'SINK_FAILED',
      message: expect.stringContaining('waits in the outbox'),
    })
    const second = await save(db, 2)
    await db.close()
    expect(waiting()).toHaveLength(2)
    await receiver.start()
    const program = `import { open } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
      const db = await open(${JSON.stringify(join(folder, 'a.db'))}, { sinks: [${JSON.stringify(sink)}] })
      const action = await db.save('foo', [{ id: 3, a: 'x' }], { key: 'id', mode: 'upsert' })
      await db.close(); console.log(action.id)`
    const third = await node(program)
    expect(ids()).toEqual([first.id, second.id, third.trim()])
    expect(waiting()).toEqual([])
  })

  test('that answers nothing holds no save up for long, and is sent the same again under its id', async () => {
    let silent = true
    receiver.answer = () => (silent ? 'silent' : 200)
    const db = await opened(`webhook:${receiver.url}/silent`)
    const action = await save(db, 1)
    expect(action.notices).toContainEqual({ code: 'SINK_FAILED', message: expect.stringContaining('no answer after') })
    silent = false
    await db.close()
    await opened(`webhook:${receiver.url}/silent`)
    await save(database!, 2)
    await database!.close()
    // The first request may still have been on its way when the answers began: its id is the same.
    expect(new Set(ids()).has(action.id)).toBe(true)
    expect(new Set(receiver.taken.map(({ headers }) => headers['idempotency-key'])).size).toBe(2)
  }, 30_000)

  test('that refuses one message for good gets the next ones; the refused one is kept', async () => {
    receiver.answer = ({ body }) =>
      body.action.rows === 1 && body.action.added === 1 && receiver.taken.length === 1 ? 422 : 200
    const db = await opened(`webhook:${receiver.url}/wrong`)
    const first = await save(db, 1)
    const second = await save(db, 2)
    receiver.answer = () => 200
    const third = await save(db, 3)
    expect(second.notices).toContainEqual({
      code: 'SINK_FAILED',
      message: expect.stringContaining('status 422 no: a reason'),
    })
    expect(third.notices).toEqual([])
    expect(ids()).toEqual([first.id, third.id])
    expect(waiting()).toHaveLength(1)
    expect(waiting()[0]).toContain('refused')
  })

  test('an answer that was lost: the same message again, by its id one', async () => {
    let lost = 0
    receiver.answer = () => (lost++ === 0 ? 0 : 200)
    const db = await opened(`webhook:${receiver.url}/lost`)
    await save(db, 1)
    await save(db, 2)
    await db.close()
    const keys = receiver.taken.map(({ headers }) => headers['idempotency-key'])
    expect(new Set(keys).size).toBe(2)
    expect(keys[0]).toBe(keys[1])
  })

  test('processes at once, and one that was killed while it sent: none lost, none twice', async () => {
    let silent = true
    receiver.answer = () => (silent ? 'silent' : 200)
    const sink = `webhook:${receiver.url}/many`
    const program = (
      from: number,
      to: number,
    ) => `import { open } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
      const db = await open(${JSON.stringify(join(folder, 'a.db'))}, { sinks: [${JSON.stringify(sink)}] })
      for (let id = ${from}; id <= ${to}; id++) await db.save('foo', [{ id, a: 'x' }], { key: 'id', mode: 'upsert', id: 'save ' + id })
      await db.close()`
    const killed = node(program(1, 1), 'SIGKILL', () => waiting().some((name) => name.includes('.sending-')))
    await killed
    expect(waiting().filter((name) => name.includes('.sending-'))).toHaveLength(1)
    silent = false
    await Promise.all([node(program(2, 6)), node(program(7, 11)), node(program(12, 16))])
    expect(ids().toSorted()).toEqual(Array.from({ length: 16 }, (_, at) => `save ${at + 1}`).toSorted())
    expect(waiting()).toEqual([])
  }, 60_000)
})

test('a sink that has no such kind is refused when the database is opened, without its text', async () => {
  await expect(open(join(folder, 'a.db'), { sinks: ['slack:https://user:secret@x'] })).rejects.toMatchObject({
    code: 'URL_INVALID',
    message: expect.not.stringContaining('secret'),
  })
  await expect(open(join(folder, 'a.db'), { sinks: ['webhook:ftp://user:secret@x'] })).rejects.toMatchObject({
    code: 'URL_INVALID',
    message: expect.not.stringContaining('secret'),
  })
})

test('a sink of a program has its own deadline', async () => {
  const db = await opened({ name: 'slow', deadlineMs: 20, write: () => new Promise(() => {}) })
  const { changed, notices } = await save(db, 1)
  expect(changed).toBe(true)
  expect(notices).toContainEqual({
    code: 'SINK_FAILED',
    message: expect.stringContaining('slow: it was not done after 20 ms'),
  })
})

/** Runs a program; or kills it as soon as something holds. */
async function node(program: string, signal?: NodeJS.Signals, when?: () => boolean): Promise<string> {
  const path = join(folder, `${Math.random()}.mjs`)
  writeFileSync(path, program)
  const child = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'], env: process.env })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  if (signal && when) {
    const timer = setInterval(() => {
      try {
        if (when()) child.kill(signal)
      } catch {
        // No outbox yet.
      }
    }, 5)
    await ended
    clearInterval(timer)
  } else {
    await ended
    expect(child.exitCode).toBe(0)
  }
  return text
}
