// Runs, steps, changes and checks, in the library and as whole processes. Run alone it prints rows of bench/RESULTS.md.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { open } from 'doltflow'
import { measured, median } from './measure.mjs'

const CLI = fileURLToPath(new URL('../dist/bin/doltflow.js', import.meta.url))
const TABLES = 20
const ROWS = 1_000_000
const CHANGED = 1000
const RECORDED = 10_000
const PAIRS = 15
const ms = (time) => `${time.toFixed(time < 10 ? 1 : 0)} ms`

/** @param note is told what was measured, the figure, and what is promised */
export async function steps(note) {
  const folder = mkdtempSync(join(tmpdir(), 'doltflow-steps-'))
  try {
    await large(note, folder)
    await overhead(note, folder)
    await recorded(note, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function timed(work) {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** The median over several times; what is done before each isn't measured. */
async function medianTime(times, before, work) {
  const all = []
  for (let n = 0; n < times; n++) {
    await before(n)
    all.push(await timed(() => work(n)))
  }
  return median(all)
}

async function* values(edit) {
  const rows = []
  for (let id = 0; id < ROWS; id++) {
    // Changed rows lie all over the table.
    rows.push({ id, price: edit > 0 && id % (ROWS / CHANGED) === 7 ? id + edit * ROWS : id, name: `row ${id}` })
    if (rows.length === 10_000) yield* rows.splice(0)
  }
}

async function large(note, folder) {
  const db = await open(join(folder, 'large.db'))
  const names = Array.from({ length: TABLES }, (_, n) => `input${n}`)
  for (const name of names) await db.save(name, values(0), { key: 'id' })
  const inputs = names
  const made = { inputs, outputs: { out: { key: 'id' } }, params: { window: 7 } }
  await db.step('join', made, async () => ({ out: [{ id: 1 }] }))
  const decided = await medianTime(15, () => {}, () => db.planStep('join', made))
  note(`whether to skip, over ${TABLES} inputs of 1,000,000 rows each, in the library`, ms(decided), 'under 100 ms')
  const skipped = await medianTime(15, () => {}, () => db.step('join', made, () => Promise.reject(new Error('it ran'))))
  note('the step skipped, and recorded', ms(skipped))
  const named = Object.fromEntries(names.map((table) => [table, { table, columns: ['id', 'price'] }]))
  const first = await timed(() => db.planStep('join', { ...made, inputs: named }))
  const again = await medianTime(15, () => {}, () => db.planStep('join', { ...made, inputs: named }))
  note('the same with two columns named: the first time, and then', `${ms(first)}, ${ms(again)}`)

  let before = await db.resolve('HEAD')
  await db.save('input0', values(1))
  const read = await medianTime(15, () => {}, async () => {
    let count = 0
    for await (const row of db.changes('input0', { since: before })) count += row['_change'] === 'modified' ? 1 : 0
    if (count !== CHANGED) throw new Error(`${count} rows changed`)
  })
  note('`changes` of 1,000 rows, scattered over 1,000,000, in the library', ms(read), 'under 150 ms')

  await db.addCheck('input0', 'price', { kind: 'range', column: 'price', min: '0', max: null })
  const file = join(folder, 'changed.csv')
  let edit = 1
  const change = () => {
    edit++
    const rows = Array.from({ length: CHANGED }, (_, n) => n * (ROWS / CHANGED) + 7)
    writeFileSync(file, `id,price,name\n${rows.map((id) => `${id},${id + edit * ROWS},row ${id}\n`).join('')}`)
  }
  const upsert = () => db.save('input0', file, { mode: 'upsert' })
  const checked = await medianTime(15, change, upsert)
  await db.removeCheck('price')
  const plain = await medianTime(15, change, upsert)
  note('a check of 1,000 changed rows in 1,000,000: how much longer the save takes', `${ms(checked - plain)} of ${ms(checked)}`, 'under 100 ms')
  await db.close()
}

/** What a run costs over its command and the start of the command line, whole processes in turn. */
async function overhead(note, folder) {
  const url = join(folder, 'runs.db')
  const cli = (...words) => measured(process.execPath, [CLI, '--db', url, ...words])
  const file = join(folder, 't.csv')
  writeFileSync(file, 'id,a\n1,x\n')
  await cli('save', 't', file, '--key', 'id')
  const costs = { start: [], open: [] }
  for (let pair = 0; pair < PAIRS; pair++) {
    const run = await cli('run', '--', 'true')
    const bare = await measured('true', [])
    for (const [name, words] of [['start', ['--version']], ['open', ['status']]])
      costs[name].push((run.seconds - (await cli(...words)).seconds - bare.seconds) * 1000)
  }
  note(
    '`doltflow run -- true` over `true` and `doltflow --version`; over `true` and `doltflow status`, which opens the database',
    `${ms(median(costs.start))}; ${ms(median(costs.open))}`,
    'at most 60 ms',
  )
}

async function recorded(note, folder) {
  const file = join(folder, 'recorded.db')
  const db = await open(file)
  await db.save('t', { rows: [{ id: 1 }] }, { key: 'id' })
  const made = { inputs: ['t'], outputs: { out: { key: 'id' } } }
  const night = (id) =>
    db.run({ id }, (run) => run.step('make', { ...made, params: { id } }, async () => ({ out: [{ id: 1 }] })))
  const look = async () => ({
    run: await medianTime(15, () => {}, () => db.showRun('night-5')),
    why: await medianTime(15, () => {}, () => db.why('make')),
    plan: await medianTime(15, () => {}, () => db.planStep('make', made)),
    latest: await medianTime(15, () => {}, () => db.steps({ limit: 5 })),
    list: await timed(() => db.runs()),
    lineage: await timed(() => db.lineage()),
  })
  const times = []
  let early
  for (let n = 0; n < RECORDED; n++) {
    times.push(await timed(() => night(`night-${n}`)))
    // What a commit makes garbage of grows with the number of commits: each night's gc takes it away.
    if (n % 500 === 499) await db.gc()
    if (n + 1 === RECORDED / 10) early = { ...(await look()), size: statSync(file).size }
  }
  await db.gc()
  const late = { ...(await look()), size: statSync(file).size }
  const [first, last] = [times.slice(50, 150), times.slice(-100)].map(median)
  note(`10,000 runs recorded, of a step each: one with its step, the 100th and the 10,000th`, `${ms(first)}, ${ms(last)}, ${(last / first).toFixed(2)}x`, 'at most 1.5x')
  note(
    'the file after `gc`, with 1,000 such runs and with 10,000',
    `${(early.size / 1e6).toFixed(1)} MB, ${(late.size / 1e6).toFixed(1)} MB`,
    'at most 10x',
  )
  const both = (name) => `${ms(early[name])}, ${ms(late[name])}`
  note('a run looked up by its id, among 1,000 and among 10,000', both('run'), 'flat')
  note('`why` of a step, among 1,000 and among 10,000', both('why'), 'flat')
  note('whether a step may be skipped, among 1,000 and among 10,000', both('plan'), 'flat')
  note('the last five executions of steps, among 1,000 and among 10,000', both('latest'), 'flat')
  note('`runs`, all of them: 1,000 and 10,000', both('list'), 'at most 10x')
  note('`lineage` of all: 1,000 and 10,000', both('lineage'), 'at most 10x')
  await db.close()
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await steps((what, figure, aim = '') => console.log(`| ${what} | ${figure} | ${aim} |`))
