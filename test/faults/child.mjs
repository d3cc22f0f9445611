// A process of its own for the fault tests: does one job, given as JSON, and prints a JSON document a line.
// What it has printed is acknowledged: the line is written before anything else happens.
import { existsSync, writeSync } from 'node:fs'
import { open } from '../../dist/index.js'

const job = JSON.parse(process.argv[2])
const say = (document) => writeSync(1, `${JSON.stringify(document)}\n`)
const failed = (error) => ({ error: { name: error.name, code: error.code, message: error.message, data: error.data } })

/** An incremental step: counts how often each row of a table was seen, and adds it to what it made before. */
async function countRows(db) {
  const options = { inputs: { source: { changes: true } }, outputs: { seen: { key: 'id', mode: 'append' } } }
  const done = await db.step('count', options, async (step) => {
    const rows = []
    for await (const row of step.rows('source')) rows.push({ id: `${row.k} ${row['_change']} ${row.v}` })
    return { seen: { rows, columns: ['id'] } }
  })
  say({ step: done.status })
}

const jobs = {
  /** Saves one after the other: each `{ table, rows | file, options }`. */
  async saves({ db: url, saves, open: options }) {
    const db = await open(url, options)
    for (const { table, rows, columns, file, options: own } of saves) {
      try {
        const source = file ?? { rows, ...(columns ? { columns } : {}) }
        say({ action: await db.save(table, source, own) })
      } catch (error) {
        say(failed(error))
        if (job.stopAtError) break
      }
    }
    await db.close()
  },
  /** A run that saves tables one after the other: rows by table. */
  async run({ db: url, tables, options }) {
    const db = await open(url)
    try {
      const run = await db.run(options, async (inner) => {
        for (const [table, rows] of Object.entries(tables)) await inner.save(table, { rows }, { key: 'k' })
      })
      say({ run: { ...run, result: undefined } })
    } catch (error) {
      say(failed(error))
    }
    await db.close()
  },
  /** An incremental step, in a run if that is named. */
  async step({ db: url, run }) {
    const db = await open(url)
    if (run) await db.run({ id: run }, countRows)
    else await countRows(db)
    await db.close()
  },
  /** Saves several tables at once: rows by table. */
  async savesAll({ db: url, tables, options }) {
    const db = await open(url)
    const sources = Object.fromEntries(Object.entries(tables).map(([table, rows]) => [table, { rows }]))
    say({ actions: await db.saveAll(sources, options) })
    await db.close()
  },
  /** Saves without end: row `n` of a writer's own. */
  async stream({ db: url, table, writer, from = 0 }) {
    const db = await open(url)
    for (let n = from; ; n++) {
      const rows = [{ k: `${writer}-${n}`, v: `value ${n}` }]
      const action = await db.save(
        table,
        { rows },
        { key: 'k', mode: 'append', id: `${writer}-${n}`, run: `run-${writer}`, branch: job.branch },
      )
      say({ n, id: action.id, toCommit: action.toCommit })
    }
  },
  async load({ db: url, what, file, options }) {
    const db = await open(url)
    try {
      say({ action: await db.load(what, file, options) })
    } catch (error) {
      say(failed(error))
    }
    await db.close()
  },
  /** Reads in every way until a file is there. */
  async read({ db: url, table, file, until }) {
    let turns = 0
    while (!existsSync(until)) {
      const db = await open(url)
      for (let turn = 0; turn < 5 && !existsSync(until); turn++, turns++) {
        try {
          const { dirty } = await db.status()
          if (dirty.length > 0) say({ dirty })
          await db.tables()
          await db.load(table, file)
          for await (const batch of db.rows(table, { as: 'batches' })) void batch
          await db.log({ limit: 5 })
        } catch (error) {
          say(failed(error))
        }
      }
      await db.close()
    }
    say({ turns })
  },
  async gc({ db: url, until, pause }) {
    let turns = 0
    const db = await open(url)
    while (!existsSync(until)) {
      try {
        await db.gc()
        turns++
      } catch (error) {
        say(failed(error))
      }
      await new Promise((resolve) => setTimeout(resolve, pause ?? 20))
    }
    await db.close()
    say({ turns })
  },
}

await jobs[job.job](job)
