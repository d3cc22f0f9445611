import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { open, type Database } from '../../../dist/index.js'
import { freePort } from '../../../dist/system/free-port.js'
import { environment, pythons } from '../pythons.ts'

const folder = mkdtempSync(join(tmpdir(), 'doltflow-mlflow-'))
const port = await freePort()
const url = `http://127.0.0.1:${port}`
const env: NodeJS.ProcessEnv = { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', DO_NOT_TRACK: 'true' }
let server: ChildProcess | undefined

afterAll(async () => {
  await stop()
  rmSync(folder, { recursive: true, force: true })
})

test('a run of MLflow shows what it read and wrote, also what it was not told while its server was down', async () => {
  const python = pythons().find(({ version }) => version === '3.11') ?? pythons().at(-1)
  expect(python, 'no python3 of 3.10 to 3.13 with venv is on PATH').toBeDefined()
  const interpreter = environment(python!, 'mlflow', ['mlflow==3.17.1'])
  await start(interpreter)
  const experiment = await post('experiments/create', { name: 'nights' })
  const created = await post('runs/create', { experiment_id: experiment.experiment_id, start_time: Date.now() })
  const run: string = created.run.info.run_id
  const db: Database = await open(join(folder, 'pipeline.db'), { sinks: [`mlflow:${url}`], run })
  const raw = await db.save('raw', [{ id: 1, price: '0.50' }], { key: 'id' })
  await stop()
  const loaded = await db.load('raw', join(folder, 'raw.csv'))
  expect(loaded.notices).toContainEqual({
    code: 'SINK_FAILED',
    message: expect.stringContaining('waits in the outbox'),
  })
  await start(interpreter)
  const clean = await db.save('clean "1"', [{ id: 1 }, { id: 2 }], { key: 'id' })
  await db.close()
  // A server that has just begun answers slowly; what is on its way goes on.
  while (waiting().length > 0) await new Promise((done) => setTimeout(done, 50))
  const read = execFileSync(interpreter, ['test/managers/sinks/read_mlflow.py', url, run], { encoding: 'utf8', env })
  const seen = JSON.parse(read) as { tags: unknown; datasets: { name: string }[] }
  expect(seen.tags).toEqual({
    'doltflow.save.raw': raw.toCommit,
    'doltflow.load.raw': loaded.fromCommit,
    'doltflow.save.clean _1_': clean.toCommit,
  })
  const source = (table: string, commit: string | null) => ({ database: join(folder, 'pipeline.db'), table, commit })
  expect(seen.datasets.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    {
      name: 'clean "1"',
      digest: clean.tableHash!.slice(0, 36),
      source: source('clean "1"', clean.toCommit),
      profile: { num_rows: 2 },
      columns: ['id'],
      context: ['save'],
    },
    {
      name: 'raw',
      digest: raw.tableHash!.slice(0, 36),
      source: source('raw', raw.toCommit),
      profile: { num_rows: 1 },
      columns: ['id', 'price'],
      context: [expect.stringMatching(/load|save/)],
    },
  ])
})

function waiting(): string[] {
  const outbox = join(process.env['XDG_STATE_HOME']!, 'doltflow', 'outbox')
  return readdirSync(outbox, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(json|sending-.*)$/.test(name))
}

async function start(interpreter: string): Promise<void> {
  const store = `sqlite:///${join(folder, 'mlflow.db')}`
  const args = ['server', '--backend-store-uri', store, '--artifacts-destination', folder, '--host', '127.0.0.1']
  server = spawn(join(dirname(interpreter), 'mlflow'), [...args, '--port', String(port), '--workers', '1'], {
    env: { ...env, PATH: `${dirname(interpreter)}:${env['PATH']}` },
    stdio: 'ignore',
    detached: true,
  })
  for (;;) {
    expect(server.exitCode).toBeNull()
    const answer = await fetch(`${url}/health`).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((done) => setTimeout(done, 200))
  }
}

async function stop(): Promise<void> {
  if (!server || server.exitCode !== null) return
  const ended = once(server, 'close')
  // It has workers of its own.
  process.kill(-server.pid!, 'SIGTERM')
  await ended
  server = undefined
}

async function post(path: string, body: object): Promise<any> {
  const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  expect(answer.status).toBe(200)
  return answer.json()
}
