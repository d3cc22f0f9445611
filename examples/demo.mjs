// The application of DoltHub's article on workflow managers, with real data: load `foo` at a commit, compute,
// save `bar` built on an older commit and merged into main, metadata to a callback, push to a remote.
// Run: npm run demo
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL, fileURLToPath } from 'node:url'
import { open } from 'doltflow'

const folder = mkdtempSync(join(tmpdir(), 'doltflow-demo-'))
process.chdir(folder)
const cli = fileURLToPath(new URL('../dist/bin/doltflow.js', import.meta.url))
const remote = pathToFileURL(join(folder, 'remote.db')).href
const weather = readFileSync(new URL('../node_modules/vega-datasets/data/seattle-weather.csv', import.meta.url), 'utf8')

try {
  await main()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function main() {
  const db = await open('pipeline.db', { author: 'Nightly <nightly@example.com>' })

  title('1. Two runs leave their tables: the daily weather (foo), and rain by month (bar)')
  writeFileSync('foo.csv', daysUntil('2014-12-31'))
  const c1 = await db.save('foo', 'foo.csv', { key: 'date', run: 'ingest-1', message: 'weather of 2012 to 2014' })
  say(c1)
  writeFileSync('bar.csv', rainByMonth('foo.csv', 0))
  const c2 = await db.save('bar', 'bar.csv', { key: 'month', run: 'rain-1', message: 'rainy days by month' })
  say(c2)

  title('2. Meanwhile main moves on: 2015 arrives, and a person annotates one month')
  writeFileSync('foo.csv', daysUntil('2015-12-31'))
  say(await db.save('foo', 'foo.csv', { run: 'ingest-2', message: 'weather of 2015' }))
  writeFileSync('bar.csv', readFileSync('bar.csv', 'utf8').replace(/^(2014-03,.*),$/m, '$1,gauge replaced'))
  say(await db.save('bar', 'bar.csv', { author: 'Analyst <analyst@example.com>', message: 'note on March 2014' }))

  title('3. The application: load foo at c1, compute, save bar on top of c2, merge into main, push')
  await db.load('foo', 'foo.csv', { at: c1.toCommit, run: 'rain-2', step: 'compute' })
  writeFileSync('bar.csv', rainByMonth('foo.csv', 0.5))
  const saved = await db.save('bar', 'bar.csv', {
    key: 'month',
    branch: { from: c2.toCommit, mergeTo: 'main' },
    run: 'rain-2',
    step: 'compute',
    message: 'a rainy day has 0.5 mm at least',
    meta: (action) => console.log(`   callback: run ${action.run} wrote ${action.table} as ${short(action.toCommit)}`),
    remote,
  })
  say(saved)
  await db.close()

  title('4. The log as a graph')
  show('log', '--graph')
  title('5. What the merge changed in bar; the note of March stays')
  show('diff', 'bar', `${short(saved.toCommit)}~1`, short(saved.toCommit), '--limit', '6')
  show('load', '--sql', "SELECT * FROM bar WHERE month BETWEEN '2014-02' AND '2014-04'")
  title('6. Who made the row of March 2014, and that of April')
  show('blame', 'bar', '2014-03')
  show('blame', 'bar', '2014-04')
  title('7. Which runs read or wrote what: of run rain-2, and of commit c1')
  show('actions', '--run', 'rain-2')
  show('actions', '--commit', short(c1.toCommit))
  title('8. A clone of the remote knows it all')
  show('clone', remote, '--db', 'copy.db')
  show('tables', '--db', 'copy.db')
  console.log('\nThe same on the command line: doltflow --help')
}

/** The rows of the file up to a day. */
function daysUntil(last) {
  const [header, ...rows] = weather.trimEnd().split('\n')
  return `${[header, ...rows.filter((row) => row.slice(0, 10) <= last)].join('\n')}\n`
}

/** Rainy days of each month: days with more rain than a threshold, in mm. */
function rainByMonth(file, threshold) {
  const months = new Map()
  for (const row of readFileSync(file, 'utf8').trimEnd().split('\n').slice(1)) {
    const [date, rain] = row.split(',')
    const month = date.slice(0, 7)
    months.set(month, (months.get(month) ?? 0) + (Number(rain) > threshold ? 1 : 0))
  }
  return `month,rainy_days,note\n${[...months].map(([month, days]) => `${month},${days},\n`).join('')}`
}

function show(...args) {
  console.log(
    `\n   $ doltflow ${args
      .map((arg) => (/[\s*']/.test(arg) ? `"${arg}"` : arg))
      .join(' ')
      .replaceAll(folder, '…')}`,
  )
  const env = { DOLTFLOW_DB: 'pipeline.db', ...process.env }
  const { stdout, stderr, status } = spawnSync(process.execPath, [cli, ...args], { env, encoding: 'utf8' })
  process.stdout.write((stdout + stderr).replaceAll(folder, '…').replace(/^(?=.)/gm, '   '))
  if (status !== 0) throw new Error(`doltflow ${args[0]} ended with ${status}`)
}

function say({ table, branch, toCommit, added, modified, removed, merged, durationMs }) {
  console.log(
    `   ${table} → ${branch} ${short(toCommit)}: +${added} ~${modified} -${removed}${merged ? ', merged' : ''} (${durationMs} ms)`,
  )
}

function title(text) {
  console.log(`\n${text}`)
}

function short(hash) {
  return hash.slice(0, 8)
}
