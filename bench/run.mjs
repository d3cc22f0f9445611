// Measures what the README promises and writes bench/RESULTS.md: ratios taken in one run. Needs the sqlite3 shell.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem, release } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pinnedDolt } from '../scripts/build-dolt.mjs'
import { flights, readings } from './data.mjs'
import { measured, medianOf } from './measure.mjs'
import { startUp } from './start-up.mjs'
import { steps } from './steps.mjs'

const RUNS = 5
const DOLT_RUNS = 3
const here = fileURLToPath(new URL('.', import.meta.url))
const cli = join(here, '../dist/bin/doltflow.js')
const folder = mkdtempSync(join(tmpdir(), 'doltflow-bench-'))
const at = (name) => join(folder, name)
const clean =
  (...names) =>
  () =>
    names.forEach((name) => rmSync(at(name), { force: true }))
const doltflow = (...args) => measured(process.execPath, [cli, '--db', at('d.db'), ...args])
const rows = []
const note = (what, figure, aim = '') => {
  rows.push(`| ${what} | ${figure} | ${aim} |`)
  console.log(`${what}: ${figure} ${aim}`)
}
const s = ({ seconds }) => `${seconds.toFixed(2)} s`
const x = (a, b) => `${(a.seconds / b.seconds).toFixed(2)}x`

try {
  await table()
  await server()
  await startUp(note)
  await large()
  await formats()
  await small()
  many()
  await steps(note)
  write()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function table() {
  const csv = at('flights.csv')
  flights(csv)
  const columns = readFileSync(csv, 'utf8').split('\n', 1)[0].split(',')
  const create = `CREATE TABLE t (${columns.join(', ')}, PRIMARY KEY (id)) WITHOUT ROWID;`
  const database = ['d.db', 'd.db.heads']
  const copy = await medianOf(RUNS, clean('copy.csv'), () => measured('cp', [csv, at('copy.csv')]))
  const imported = await medianOf(RUNS, clean('s.db'), () =>
    measured('sqlite3', [at('s.db')], { input: `${create}\n.import --csv --skip 1 ${csv} t\n` }),
  )
  const saved = await medianOf(RUNS, clean(...database), () => doltflow('save', 't', csv, '--key', 'id'))
  const again = await medianOf(
    RUNS,
    () => {},
    () => doltflow('save', 't', csv),
  )
  const bound = await medianOf(RUNS, clean('r.db'), () =>
    measured(process.execPath, [join(here, 'rows.mjs'), csv, at('r.db')]),
  )
  note(`a table of 300,000 rows × 20 columns, ${(statSync(csv).size / 1e6).toFixed(0)} MB of CSV: \`cp\``, s(copy))
  note('`sqlite3` shell, `.import` into the same key', s(imported))
  note('`doltflow save`, first', `${s(saved)}, ${x(saved, imported)} of \`.import\``, 'at most 2x, aim 1.25x')
  note('row by row through the binding, one commit', `${s(bound)}, ${x(bound, imported)} of \`.import\``)
  note('`doltflow save`, the identical file again', `${s(again)}, ${x(again, saved)} of the first`, 'at most 0.25x')
  const exported = await medianOf(RUNS, clean('s.csv'), () =>
    measured('sqlite3', [at('s.db')], { input: `.mode csv\n.headers on\n.once ${at('s.csv')}\nSELECT * FROM t;\n` }),
  )
  const loaded = await medianOf(RUNS, clean('l.csv'), () => doltflow('load', 't', at('l.csv')))
  execFileSync('cmp', [csv, at('l.csv')])
  note('`sqlite3` shell, CSV export', s(exported))
  note(
    '`doltflow load`',
    `${s(loaded)}, ${x(loaded, exported)} of the export; the file is identical`,
    'at most 2x, aim 1.6x',
  )
  await edited(csv)
}

/** A save of a file that differs in one row of a thousand, and a load of the commit before it. */
async function edited(csv) {
  const text = readFileSync(csv, 'utf8').split('\n')
  writeFileSync(
    at('edited.csv'),
    text.map((line, i) => (i > 0 && i % 1000 === 0 ? line.replace(',2013,', ',2014,') : line)).join('\n'),
  )
  cpSync(at('d.db'), at('before.db'))
  const restore = () => (clean('d.db', 'd.db.heads')(), cpSync(at('before.db'), at('d.db')))
  const saved = await medianOf(RUNS, restore, () => doltflow('save', 't', at('edited.csv')))
  const past = await medianOf(RUNS, clean('l.csv'), () => doltflow('load', 't', at('l.csv'), '--at', 'HEAD~1'))
  note('`doltflow save` of the file with one row of a thousand changed', s(saved))
  note('`doltflow load --at HEAD~1`', s(past))
}

/** The same table on a Dolt server, beside what Dolt does with its own tools. */
async function server() {
  const dolt = pinnedDolt({ build: false })
  if (!dolt) return note('Dolt', 'not measured: it is not built (`npm test` builds it where Go is there)')
  const csv = at('flights.csv')
  const env = { DOLTFLOW_DOLT: dolt, DOLTFLOW_SERVER_LINGER: '5', DOLT_DISABLE_EVENT_FLUSH: 'true' }
  let count = 0
  const repository = () => at(`dolt${count}`)
  const own = (...args) =>
    measured('sh', ['-c', `cd "$1" && shift && exec "$@"`, 'sh', repository(), dolt, ...args], { env })
  const ours = (...args) => measured(process.execPath, [cli, '--db', `dolt:${repository()}`, ...args], { env })
  const empty = async () => {
    count++
    mkdirSync(repository())
    await own('init', '--name', 'bench', '--email', 'bench@localhost')
  }
  const imported = await medianOf(DOLT_RUNS, empty, () => own('table', 'import', '-c', '--pk', 'id', 't', csv))
  const exported = await medianOf(DOLT_RUNS, clean('e.csv'), () => own('table', 'export', '-f', 't', at('e.csv')))
  // The server runs already, as it does for the second step of a workflow.
  const begun = async () => (count++, await ours('init'))
  const saved = await medianOf(DOLT_RUNS, begun, () => ours('save', 't', csv, '--key', 'id', '--type', 'id=integer'))
  const loaded = await medianOf(DOLT_RUNS, clean('l.csv'), () => ours('load', 't', at('l.csv')))
  execFileSync('cmp', [csv, at('l.csv')])
  note('the same table on Dolt: `dolt table import`', s(imported))
  note(
    '`doltflow save` into `dolt:FOLDER`',
    `${s(saved)}, ${x(imported, saved)} as fast as \`dolt table import\``,
    'at least 1.4x',
  )
  note('`dolt table export`', s(exported))
  note(
    '`doltflow load` from it',
    `${s(loaded)}, ${x(loaded, exported)} of the export; the file is identical`,
    'at most 1.25x',
  )
}

async function large() {
  const csv = at('readings.csv')
  readings(csv)
  clean('d.db', 'd.db.heads')()
  const saved = await doltflow('save', 'r', csv, '--key', 'id')
  const loaded = await doltflow('load', 'r', at('l.csv'))
  execFileSync('cmp', [csv, at('l.csv')])
  note(
    `5,000,000 rows × 6 columns, ${(statSync(csv).size / 1e6).toFixed(0)} MB of CSV: \`doltflow save\``,
    `${s(saved)}, peak ${saved.peak.toFixed(0)} MB`,
    'at most 400 MB',
  )
  note(
    '`doltflow load` of it',
    `${s(loaded)}, peak ${loaded.peak.toFixed(0)} MB; the file is identical`,
    'at most 400 MB',
  )
  const { worst } = JSON.parse(
    execFileSync(process.execPath, [join(here, 'big.mjs'), at('b.db'), csv, at('b.csv')], { encoding: 'utf8' }),
  )
  note(
    "longest that the caller's event loop was held, over both, in the library",
    `${worst.toFixed(0)} ms`,
    'at most 50 ms',
  )
  clean('readings.csv', 'l.csv', 'b.db', 'b.csv', 'd.db', 'd.db.heads')()
}

/** The same conversion by DuckDB, which keeps no versions: Parquet to a table on disk, and back. */
async function formats() {
  const source = fileURLToPath(new URL('../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url))
  const parquet = at('flights.parquet')
  const duckdb = (...args) => measured(process.execPath, [join(here, 'duckdb.mjs'), ...args])
  await duckdb(':memory:', `COPY (SELECT row_number() OVER () - 1 AS id, * FROM '${source}') TO '${parquet}'`)
  const imported = await medianOf(3, clean('duck.db'), () =>
    duckdb(at('duck.db'), `CREATE TABLE f AS SELECT * FROM '${parquet}'`),
  )
  const saved = await medianOf(3, clean('d.db', 'd.db.heads'), () => doltflow('save', 'f', parquet, '--key', 'id'))
  const exported = await medianOf(3, clean('duck.parquet'), () =>
    duckdb(at('duck.db'), `COPY f TO '${at('duck.parquet')}'`),
  )
  const loaded = await medianOf(3, clean('l.parquet'), () => doltflow('load', 'f', at('l.parquet')))
  const different = `SELECT count(*) FROM ((SELECT * FROM f EXCEPT SELECT * FROM '${at('l.parquet')}') UNION ALL (SELECT * FROM '${at('l.parquet')}' EXCEPT SELECT * FROM f))`
  const differing = execFileSync(process.execPath, [join(here, 'duckdb.mjs'), at('duck.db'), different], {
    encoding: 'utf8',
  })
  if (differing.trim() !== '0') throw new Error(`${differing.trim()} rows differ`)
  const mb = (path) => `${(statSync(path).size / 1e6).toFixed(0)} MB`
  const peak = (result) => `peak ${result.peak.toFixed(0)} MB`
  note(
    `3,000,000 rows of Parquet, ${mb(parquet)}: DuckDB into a database, without versions`,
    `${s(imported)}, ${peak(imported)}`,
  )
  note('`doltflow save` of it', `${s(saved)}, ${x(saved, imported)} of DuckDB, ${peak(saved)}`, 'at most 600 MB')
  note(`DuckDB back to Parquet, ${mb(at('duck.parquet'))}`, `${s(exported)}, ${peak(exported)}`)
  note(
    `\`doltflow load\` to Parquet, ${mb(at('l.parquet'))}`,
    `${s(loaded)}, ${x(loaded, exported)} of DuckDB, ${peak(loaded)}; the same rows`,
    'at most 600 MB',
  )
  clean('duck.db', 'duck.parquet', 'l.parquet', 'flights.parquet', 'd.db', 'd.db.heads')()
}

async function small() {
  const path = at('small.db')
  const { first, last } = JSON.parse(
    execFileSync(process.execPath, [join(here, 'small-saves.mjs'), folder, '5000'], { encoding: 'utf8' }),
  )
  note(
    '5,000 small saves in one process: the 50th, the 5,000th',
    `${first.toFixed(1)} ms, ${last.toFixed(1)} ms, ${(last / first).toFixed(2)}x`,
    'at most 1.5x',
  )
  const open = execFileSync(
    process.execPath,
    [
      '-e',
      `import(${JSON.stringify(join(here, '../dist/engines/doltlite/connection/connection.js'))}).then(({ Connection }) => { const start = performance.now(); new Connection(${JSON.stringify(path)}).cell("SELECT dolt_hashof('main')"); console.log(performance.now() - start) })`,
    ],
    { encoding: 'utf8' },
  )
  note(
    `opening that file (${(statSync(path).size / 1e6).toFixed(0)} MB), the addon's loading included`,
    `${Number(open).toFixed(0)} ms`,
    'under 50 ms',
  )
}

function many() {
  const measure = [join(here, 'many-saves.mjs'), folder, '64', String(RUNS)]
  const { after, atOnce, memory, held } = JSON.parse(execFileSync(process.execPath, measure, { encoding: 'utf8' }))
  note(
    '64 saves of a row at once, in one process, beside one after the other',
    `${atOnce.toFixed(0)} ms, ${(atOnce / after).toFixed(2)}x, ${memory.toFixed(0)} MB more`,
    'at most 1.2x',
  )
  note("longest that the caller's event loop was held meanwhile", `${held.toFixed(0)} ms`, 'at most 50 ms')
}

function write() {
  const version = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0]
  const machine = `${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}, DoltLite 0.50.12, sqlite3 ${version('sqlite3', '--version').split(' ')[0]}`
  writeFileSync(
    join(here, 'RESULTS.md'),
    `# Results\n\nWritten by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: whole processes, medians of ${RUNS}, on seeded data (\`data.mjs\`).\n${machine}.\n\n| what | measured | promised |\n|---|---|---|\n${rows.join('\n')}\n`,
  )
}
