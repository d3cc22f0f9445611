// What steps of durable engines cost beside the engine itself: what tableStep adds to a save, how long a step takes that goes on after a
// kill, and a hundred steps at once in one worker. With --temporal the last also in Temporal, whose server is built first (Go, minutes).
// Prints medians in ms, and writes nothing down: npm run bench:engines
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { open } from 'doltflow'
import { closeDatabases, tableStep } from 'doltflow/step'
import { median } from './measure.mjs'

const SAVES = 100
const AT_ONCE = 100
const KILLS = 5
/** Before the save is published, right after, and when all is done but the engine has not heard of it. */
const POINTS = ['built', 'moved', 'saved']
const folder = mkdtempSync(join(tmpdir(), 'doltflow-engines-'))
const program = fileURLToPath(new URL('engine-step.mjs', import.meta.url))

try {
  console.log(`load before: ${loadavg()[0].toFixed(1)}`)
  await added()
  for (const point of POINTS) resumed(point)
  await atOnce(true)
  await atOnce(false)
  if (process.argv.includes('--temporal')) temporal()
  console.log(`load after: ${loadavg()[0].toFixed(1)}`)
} finally {
  await closeDatabases()
  rmSync(folder, { recursive: true, force: true })
}

/** In turn with each other, so that all meet the same machine. */
async function added() {
  const path = join(folder, 'added.db')
  const db = await open(path)
  const rows = (n) => [{ id: n, value: 'x' }]
  const options = { key: 'id', mode: 'upsert' }
  const once = (n) => ({ id: `id-${n}`, run: 'r', step: 's', onRepeat: 'first' })
  const ways = {
    'a save': (n) => db.save('t', rows(n), options),
    'a save with an id, a run and a step': (n) => db.save('t', rows(n), { ...options, ...once(n) }),
    'a save in tableStep': (n) =>
      tableStep(path, { id: `step-${n}`, run: 'r', name: 's' }, ({ save }) => save('t', rows(n), options)),
  }
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  for (let n = 0; n < SAVES; n++)
    for (const [at, [name, way]] of Object.entries(ways).entries()) times[name].push(await timed(() => way(3 * n + at)))
  const medians = Object.entries(times).map(([name, all]) => [name, median(all)])
  for (const [name, ms] of medians) console.log(`${name}: ${ms.toFixed(1)} ms`)
  const [[, plain], [, withId], [, step]] = medians
  console.log(
    `tableStep adds ${(step - plain).toFixed(1)} ms to a save, ${(step - withId).toFixed(1)} ms to one with an id (at most 5)`,
  )
  await db.close()
}

/** A worker is killed in its step; another process, in a namespace of its own if that may be, does it again. */
function resumed(point) {
  const times = []
  for (let n = 0; n < KILLS; n++) {
    const words = [program, join(folder, `${point}.db`), `${point}-${n}`]
    const killed = spawnSync(process.execPath, words, { env: { ...process.env, DOLTFLOW_FAILPOINT: point } })
    if (killed.signal !== 'SIGKILL') throw new Error(`at ${point} it ended by itself: ${killed.stderr}`)
    const container = process.getuid() === 0 ? ['unshare', '--pid', '--fork', '--mount-proc'] : []
    const [command, ...rest] = [...container, process.execPath, ...words]
    const { stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8' })
    if (stdout === '') throw new Error(stderr)
    times.push(JSON.parse(stdout).ms)
  }
  console.log(
    `a step that was killed at ${point}, done again: ${median(times).toFixed(0)} ms, at most ${Math.max(...times).toFixed(0)} (under 1000)`,
  )
}

/** @param isThere whether the table is there before, or the first of the steps makes it */
async function atOnce(isThere) {
  const path = join(folder, isThere ? 'many.db' : 'new.db')
  const db = await open(path)
  await db.save(isThere ? 'many' : 'other', [{ id: -1 }], { key: 'id' })
  const times = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, n) =>
      timed(() =>
        tableStep(path, { id: `many-${n}`, run: 'many', name: 'small' }, ({ save }) =>
          save('many', [{ id: n }], { key: 'id', mode: 'upsert' }),
        ),
      ),
    ),
  )
  const p95 = times.toSorted((a, b) => a - b)[Math.floor(AT_ONCE * 0.95)]
  const merges = (await db.log({ table: 'many' })).filter(({ parents }) => parents.length > 1).length
  await db.close()
  const into = isThere ? 'a table that is there' : 'a new table'
  console.log(
    `${AT_ONCE} steps at once in one process, into ${into}: p95 ${p95.toFixed(0)} ms (under 3000), ${merges} merges`,
  )
}

function temporal() {
  const words = ['vitest', 'run', '--config', 'vitest.managers.config.ts', 'test/managers/engines/temporal.test.ts']
  const { stdout, status } = spawnSync('npx', [...words, '-t', 'steps at once'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stdout)
  console.log(`in Temporal: ${/^\d+ saves at once.*$/m.exec(stdout)?.[0]} (under 3000)`)
}

async function timed(work) {
  const start = performance.now()
  await work()
  return performance.now() - start
}
