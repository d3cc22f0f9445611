import assert from 'node:assert/strict'
import fc from 'fast-check'
import { afterAll, test } from 'vitest'
import { open, type Database, type StepResult } from '../../dist/index.js'
import { patience, runs } from './runs.ts'

/*
 * A model of a workflow: steps in random graphs, over which sources, parameters and code change, runs fail, outputs are overwritten and
 * branches come and go. What is skipped must be what would have come of it; what runs must say just the changes that were made.
 */

const SOURCES = ['s0', 's1']

interface Node {
  name: string
  inputs: string[]
}

type Edit =
  | { kind: 'source'; source: number; row: number; value: number }
  | { kind: 'param'; step: number; value: number }
  | { kind: 'code'; step: number; value: number }
  | { kind: 'overwrite'; step: number }
  | { kind: 'nothing' }

interface Night {
  edits: Edit[]
  /** The step that fails; none beyond the last one. */
  fails: number
  inRun: boolean
}

const graph = fc
  .array(fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 })
  .map((all) =>
    all.map((picks, at): Node => {
      const known = [...SOURCES, ...Array.from({ length: at }, (_, before) => `t${before}`)]
      return { name: `t${at}`, inputs: [...new Set(picks.map((pick) => known[pick % known.length]!))] }
    }),
  )
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant('source' as const), source: fc.nat(1), row: fc.nat(3), value: fc.nat(3) }),
  fc.record({ kind: fc.constant('param' as const), step: fc.nat(4), value: fc.nat(2) }),
  fc.record({ kind: fc.constant('code' as const), step: fc.nat(4), value: fc.nat(2) }),
  fc.record({ kind: fc.constant('overwrite' as const), step: fc.nat(4) }),
  fc.record({ kind: fc.constant('nothing' as const) }),
)
const nights: fc.Arbitrary<Night[]> = fc.array(
  fc.record({ edits: fc.array(edit, { maxLength: 3 }), fails: fc.nat(12), inRun: fc.boolean() }),
  { minLength: 1, maxLength: 5 },
)

const opened: Database[] = []
afterAll(() => Promise.all(opened.map((db) => db.close())))
let count = 0
const settings = runs('workflow')

test(
  'skipped and forced executions give the same tables, and the causes are the changes that were made',
  { timeout: patience },
  async () => {
    await fc.assert(
      fc.asyncProperty(graph, nights, async (nodes, all) => {
        const db = await open(`memory:workflow-${++count}`)
        opened.push(db)
        await new Model(db, nodes).live(all)
      }),
      { ...settings, numRuns: 3 * settings.numRuns },
    )
  },
)

class Model {
  readonly #db: Database
  readonly #nodes: readonly Node[]
  readonly #sources: number[][] = SOURCES.map(() => [0, 0])
  readonly #params = new Map<string, number>()
  readonly #code = new Map<string, number>()
  /** What each step consumed with its last published success: its inputs' tables as text, its parameter and its code. */
  readonly #consumed = new Map<string, Map<string, string>>()

  constructor(db: Database, nodes: readonly Node[]) {
    this.#db = db
    this.#nodes = nodes
  }

  async live(all: readonly Night[]): Promise<void> {
    for (const [at] of SOURCES.entries()) await this.#saveSource(at)
    for (const [number, night] of all.entries()) {
      for (const one of night.edits) await this.#edit(one)
      await this.#night(number, night)
      await this.#compareWithForced()
    }
  }

  async #edit(one: Edit): Promise<void> {
    if (one.kind === 'source') {
      this.#sources[one.source]![one.row] = one.value
      await this.#saveSource(one.source)
    } else if (one.kind === 'param') this.#params.set(this.#name(one.step), one.value)
    else if (one.kind === 'code') this.#code.set(this.#name(one.step), one.value)
    else if (one.kind === 'overwrite' && (await this.#db.schema(this.#name(one.step))))
      await this.#db.save(this.#name(one.step), [{ id: 99, v: 'scribble' }])
  }

  async #night(number: number, { fails, inRun }: Night): Promise<void> {
    const before = new Map([...this.#consumed].map(([name, parts]) => [name, new Map(parts)]))
    const work = async (db: Database): Promise<void> => {
      for (const [at, node] of this.#nodes.entries()) {
        const expected = await this.#expected(db, node)
        const isBroken = at === fails
        const done = this.#step(db, node, { isBroken })
        if (!isBroken) {
          this.#check(node, await done, expected)
          this.#consumed.set(node.name, expected.now)
          continue
        }
        const result = await done.catch((error: unknown) => {
          assert.equal((error as Error).message, 'broken')
          return undefined
        })
        // One whose result is there doesn't run, and so doesn't fail.
        if (result === undefined) throw new Error('broken')
        this.#check(node, result, expected)
        this.#consumed.set(node.name, expected.now)
      }
    }
    const night = inRun ? this.#db.run({ id: `night-${number}` }, work) : work(this.#db)
    const failed = await night.then(
      () => false,
      (error: unknown) => {
        if ((error as Error).message !== 'broken') throw error
        return true
      },
    )
    if (!failed || !inRun) return
    // Nothing of a run that failed counts.
    this.#consumed.clear()
    for (const [name, parts] of before) this.#consumed.set(name, parts)
  }

  /** Whether a step must run, and the changes that are its causes. */
  async #expected(db: Database, node: Node): Promise<{ now: Map<string, string>; changed: string[] }> {
    const now = new Map<string, string>()
    for (const input of node.inputs) now.set(`table ${input}`, await textOf(db, input))
    now.set('param p', String(this.#params.get(node.name) ?? 0))
    now.set('code', String(this.#code.get(node.name) ?? 0))
    const last = this.#consumed.get(node.name)
    const changed = [...now].filter(([part, value]) => last?.get(part) !== value).map(([part]) => part)
    return { now, changed: last ? changed : ['never-ran'] }
  }

  #check(node: Node, result: StepResult, { changed }: { changed: string[] }): void {
    const told = result.causes.map(({ kind, name }) => (name === null ? kind : `${kind} ${name}`))
    const known = told.map((cause) => (cause.startsWith('code') ? 'code' : cause))
    // Code is a hash here: another one is one that is new, and one that is gone.
    const causes = [...new Set(known)]
    if (result.status === 'done') assert.deepEqual(causes.toSorted(), changed.toSorted(), node.name)
    // What it had once, under another state since, is had again.
    else assert.notEqual(result.of, null, node.name)
    if (changed.length === 0) assert.equal(result.status, 'skipped', node.name)
  }

  #step(db: Database, node: Node, { isBroken = false, force = false }): Promise<StepResult> {
    const param = this.#params.get(node.name) ?? 0
    const code = this.#code.get(node.name) ?? 0
    const options = {
      inputs: node.inputs,
      outputs: { [node.name]: { key: 'id' } },
      params: { p: param },
      code: [`c0de00${code}`],
      force,
    }
    return db.step(node.name, options, async (step) => {
      if (isBroken) throw new Error('broken')
      const sums = new Map<number, string>()
      for (const input of node.inputs)
        for await (const row of step.rows(input)) {
          const id = Number(row['id']) % 3
          sums.set(id, `${sums.get(id) ?? ''}${String(row['v'])}|${param % 2}|${code}`.slice(-40))
        }
      return { [node.name]: [...sums].map(([id, v]) => ({ id, v: `x${v}` })) }
    })
  }

  /** All of it again from the sources, in a run that is dropped: each table that a night left must be the same. */
  async #compareWithForced(): Promise<void> {
    const there: [string, string][] = []
    for (const { name } of this.#nodes) there.push([name, await textOf(this.#db, name).catch(() => '')])
    const isWhole = there.every(([name]) => this.#consumed.has(name))
    if (!isWhole) return
    const stop = new Error('only compared')
    const forced = this.#db.run({ id: `forced-${++count}` }, async (run) => {
      for (const node of this.#nodes) {
        const { changed } = await this.#expected(run, node)
        // What a failed night left behind its time is not comparable.
        if (changed.length > 0) throw stop
        const before = await textOf(run, node.name)
        const overwritten = before.includes('scribble')
        await this.#step(run, node, { force: true })
        if (!overwritten) assert.equal(await textOf(run, node.name), before, node.name)
      }
      throw stop
    })
    await assert.rejects(forced, stop)
  }

  #name(step: number): string {
    return this.#nodes[step % this.#nodes.length]!.name
  }

  async #saveSource(at: number): Promise<void> {
    const rows = Array.from(this.#sources[at]!, (v = 0, id) => ({ id, v }))
    await this.#db.save(SOURCES[at]!, rows, { key: 'id' })
  }
}

async function textOf(db: Database, table: string): Promise<string> {
  const rows: unknown[] = []
  for await (const row of db.rows(table)) rows.push(row)
  return JSON.stringify(rows)
}
