import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { open, type Database, type TableHandle } from '../../../dist/index.js'
import { CONTAINER, isRoot, otherHost, pause, stoppedBelow } from '../../faults/kit.ts'
import { Project } from './project.ts'

/** A workflow engine whose real server runs here. */
export interface DurableEngine {
  name: string
  /** Its program in `programs/`: `work`, `start ID WORKFLOW INPUT` and `cancel ID`. */
  program: string
  /** Starts its server. @returns where that is, for the program */
  start(project: Project): Promise<{ at: string; stop(): Promise<void> }>
  /** The folder of its example in `examples/`, and what that is told of the server. */
  example?: { folder: string; env(at: string): Record<string, string> }
  /** A server of databases that workers on several hosts share. Default: a file beside the workers */
  databases?(): Promise<Databases>
  /** How many steps its workflow `many` does at once, each with a save into one table. Default: there is none */
  atOnce?: number
  /** How an engine tells of a workflow that was cancelled. */
  cancelled: RegExp
  /** How long it takes until it gives a step to another worker, in ms, besides the time of the step. Default: 30 s */
  patience?: number
}

/** A server of databases, as a test and the workers reach it. */
interface Databases {
  url(name: string): string
  env: Record<string, string>
  remove(): Promise<void>
}

interface Line {
  ready?: boolean
  result?: TableHandle[]
  failed?: { message: string; code?: string; name?: string }
}

/** Where a worker is killed: by itself, once its save is acknowledged; at a failpoint of the save before. */
const POINTS = ['scratch-created', 'built', 'moved', 'acknowledged', 'recorded', 'acked']
/** Those at a server. The first waits until the lease of the other host has run out: 30 s. */
const POINTS_AT_SERVER = ['moved', 'acked']

/** How long a program may say nothing, in ms. */
const SILENT = 60_000

/** What a durable workflow promises: promise 12, with tables. */
export function durable(engine: DurableEngine): void {
  const atServer = engine.databases !== undefined
  describe(`${engine.name}, a real one`, () => {
    let project: Project
    let server: { at: string; stop(): Promise<void> }
    let databases: Databases | undefined
    let db: Database
    let input: TableHandle
    let count = 0
    const running = new Set<ChildProcess>()
    const path = (name: string): string => join(project.folder, name)
    const tries = (): string[] =>
      readFileSync(path(`tried${count}`), 'utf8')
        .trim()
        .split('\n')
    const patience = engine.patience ?? 30_000

    beforeAll(async () => {
      project = new Project()
      server = await engine.start(project)
      databases = await engine.databases?.()
    })
    afterAll(async () => {
      await server?.stop()
      await databases?.remove()
      rmSync(project.folder, { recursive: true, force: true, maxRetries: 5 })
    })
    beforeEach(async () => {
      count++
      db = await open(databases?.url(`pipeline${count}`) ?? path(`pipeline${count}.db`))
      const rows = [1, 2, 3].map((id) => ({ id, price: `${id}.50` }))
      input = (await db.save('raw', rows, { key: 'id' })).handle!
    })
    afterEach(async () => {
      await Promise.all([...running].map((child) => end(child)))
      await db.close()
    })

    /** A process of the engine's program. */
    function begin(words: string[], more: { env?: Record<string, string>; wrap?: string[] } = {}): Program {
      const [command, ...rest] = [...(more.wrap ?? []), project.node, path(engine.program), ...words]
      const env = {
        ...process.env,
        ENGINE: server.at,
        TRIED: path(`tried${count}`),
        NAME: `t${count}`,
        NODE_NO_WARNINGS: '1',
        ...databases?.env,
        ...more.env,
      }
      const child = spawn(command!, rest, { cwd: project.folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
      running.add(child)
      child.once('close', () => running.delete(child))
      return new Program(child)
    }

    async function worker(more: { env?: Record<string, string>; wrap?: string[] } = {}): Promise<Program> {
      const program = begin(['work'], more)
      expect(await program.line()).toEqual({ ready: true })
      return program
    }

    const start = (id: string, workflow: string, argument: unknown): Promise<Line> =>
      begin(['start', `${id}${count}`, workflow, JSON.stringify(argument)]).line()

    /** The result is the log's; each save was done once; nothing else is left. */
    async function expectOnce({ result, failed }: Line): Promise<void> {
      expect(failed).toBeUndefined()
      const [made, sum] = result!
      expect(made).toMatchObject({ table: 'clean', rows: 3 })
      for (const handle of [made!, sum!]) {
        const saves = (await db.actions({ table: handle.table })).filter(
          ({ kind, changed }) => kind === 'save' && changed,
        )
        expect(saves.map(({ toCommit }) => toCommit)).toEqual([handle.commit])
        const commits = (await db.log({ table: handle.table })).filter(({ parents }) => parents.length === 1)
        expect(commits.map(({ hash }) => hash)).toEqual([handle.commit])
      }
      const rows = []
      for await (const row of db.rows(sum!)) rows.push(row)
      expect(rows).toEqual([{ name: 'price', sum: 15 }])
      await expectNothingLeft()
    }

    async function expectNothingLeft(): Promise<void> {
      const names = (await db.branches({ all: true })).map(({ name }) => name)
      expect(names.filter((name) => !['main', 'doltflow'].includes(name))).toEqual([])
    }

    test('a workflow of two steps; each save names the workflow and the step', async () => {
      await worker()
      const line = await start('ok', 'nightly', input)
      await expectOnce(line)
      const [action] = await db.actions({ table: 'clean' })
      expect(action).toMatchObject({ step: 'clean', run: expect.any(String), toCommit: line.result![0]!.commit })
      expect(tries()).toEqual(['clean', 'total'])
    })

    const where = atServer ? 'on another host' : 'in another container'
    test.each(atServer ? POINTS_AT_SERVER : POINTS)(
      `a worker that is killed at %s: another goes on, ${where}`,
      async (point) => {
        const env: Record<string, string> = { [point === 'acked' ? 'KILL' : 'DOLTFLOW_FAILPOINT']: point }
        const first = await worker({ env, ...(atServer && isRoot ? { wrap: otherHost('first') } : {}) })
        const result = start('killed', 'nightly', input)
        expect(await first.ended).toBe('SIGKILL')
        await worker(isRoot ? { wrap: atServer ? otherHost('second') : CONTAINER } : {})
        await expectOnce(await result)
      },
    )

    test('what would fail again is tried once', async () => {
      await worker()
      const { failed } = await start('failing', 'failing', input.db)
      expect(failed?.code ?? failed?.message).toMatch(/KEY_MISSING|COLUMN_MISSING|KEY/)
      expect(tries()).toEqual(['wrong'])
      await expectNothingLeft()
    })

    test('a workflow that is cancelled leaves nothing', async () => {
      await worker()
      const result = start('slow', 'slow', input.db)
      while (!(await triedYet())) await pause(100)
      await pause(1500)
      await begin(['cancel', `slow${count}`]).ended
      const { failed } = await result
      expect(`${failed?.name} ${failed?.message}`).toMatch(engine.cancelled)
      const deadline = Date.now() + patience
      while ((await db.branches({ all: true })).length > 2 && Date.now() < deadline) await pause(100)
      await expectNothingLeft()
      expect((await db.tables()).map(({ name }) => name)).toEqual(['raw'])
    })

    test('a worker that stands still, and goes on when its successor has saved', async () => {
      const zombie = await worker({ env: { DOLTFLOW_FAILPOINT: 'built', DOLTFLOW_FAILSIGNAL: 'SIGSTOP' } })
      const result = start('zombie', 'nightly', input)
      const stopped = await stoppedBelow(process.pid)
      await worker()
      // It holds the id: its successor waits for it, or has its place once it is gone.
      await pause(2000)
      process.kill(stopped, 'SIGCONT')
      // It ends its save, before it stands still again at the next.
      await pause(2000)
      await end(zombie.child)
      await expectOnce(await result)
    })

    test('a workflow as one transaction: published as a whole, or dropped', async () => {
      await worker()
      const main = await db.resolve('main')
      const dropped = await start('dropped', 'whole', { input, fails: true })
      expect(dropped.failed?.message).toContain('no luck')
      expect(await db.resolve('main')).toBe(main)
      expect((await db.runs()).map(({ status }) => status)).toEqual(['dropped'])
      await expectNothingLeft()
      const { result, failed } = await start('whole', 'whole', { input, fails: false })
      expect(failed).toBeUndefined()
      expect((await db.tables()).map(({ name }) => name)).toEqual(['clean', 'raw', 'total'])
      expect((await db.log())[0]!.parents).toHaveLength(2)
      expect((await db.runs()).map(({ status }) => status)).toEqual(['published', 'dropped'])
      expect(result!.map(({ table }) => table)).toEqual(['clean', 'total'])
      await expectNothingLeft()
    })

    test.each(engine.atOnce ? [engine.atOnce] : [])('%d steps at once on one worker all land', async (steps) => {
      await worker()
      const { result, failed } = await start('many', 'many', { db: input.db, count: steps })
      expect(failed).toBeUndefined()
      const saves = (await db.actions({ table: 'many' })).filter(({ changed }) => changed)
      expect(new Set(saves.map(({ toCommit }) => toCommit))).toEqual(new Set(result!.map(({ commit }) => commit)))
      expect(saves).toHaveLength(steps)
      expect((await db.tables()).find(({ name }) => name === 'many')?.rows).toBe(steps)
      const times = saves.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b)
      process.stdout.write(`${steps} saves at once: p95 ${times[Math.floor(steps * 0.95)]} ms\n`)
      await expectNothingLeft()
    })

    test.each(engine.example ? [engine.example] : [])(
      'the example $folder: a step that fails after its save saves once, and the workflow is published as a whole',
      async (example) => {
        const folder = path(`example-${example.folder}`)
        cpSync(join('examples', example.folder), folder, { recursive: true })
        const env = { ...process.env, NODE_NO_WARNINGS: '1', ...example.env(server.at) }
        const said = execFileSync(project.node, ['pipeline.mjs'], {
          cwd: folder,
          env,
          encoding: 'utf8',
          timeout: 120_000,
        })
        process.stdout.write(said)
        const [result] = [...said.matchAll(/^the result: (.*)$/gm)].map(([, text]) => JSON.parse(text!) as TableHandle)
        expect(result).toMatchObject({ table: 'total', rows: 1 })
        expect(said).toMatch(/^total: 15$/m)
        expect([...said.matchAll(/^saved: (\w+)/gm)].map(([, table]) => table)).toEqual(['orders', 'clean', 'total'])
        const made = await open(join(folder, 'pipeline.db'))
        expect((await made.runs()).map(({ status }) => status)).toEqual(['published'])
        expect((await made.branches({ all: true })).map(({ name }) => name).toSorted()).toEqual(['doltflow', 'main'])
        await made.close()
      },
    )

    async function triedYet(): Promise<boolean> {
      try {
        return tries().length > 0
      } catch {
        return false
      }
    }
  })
}

/** A process, and what it says, line by line. */
class Program {
  readonly child: ChildProcess
  /** Its exit code, or the signal that ended it; of one in a container the code that says so. */
  readonly ended: Promise<number | string | null>
  readonly #lines: AsyncIterator<string>
  #errors = ''

  constructor(child: ChildProcess) {
    this.child = child
    this.ended = once(child, 'close').then(([code, signal]) => (code === 137 ? 'SIGKILL' : (signal ?? code)))
    child.stderr!.on('data', (text: Buffer) => (this.#errors = (this.#errors + text.toString()).slice(-4000)))
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  }

  async line(): Promise<Line> {
    const late = pause(SILENT).then(() =>
      Promise.reject(new Error(`it has said nothing for ${SILENT} ms: ${this.#errors}`)),
    )
    late.catch(() => {})
    const { value, done } = await Promise.race([this.#lines.next(), late])
    if (done) throw new Error(`it said nothing, and ended with ${await this.ended}: ${this.#errors}`)
    // An SDK logs there, too.
    return value.startsWith('{') ? (JSON.parse(value) as Line) : this.line()
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'close')
  child.kill('SIGKILL')
  await ended
}
