import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { freePort } from '../../dist/system/free-port.js'
import { Example } from './example.ts'
import { newestWith } from './pythons.ts'

const PACKAGES = ['prefect==3.9.1', 'pandas==3.1.1', 'pyarrow==26.0.1']
const FIRST_DAY = '2012-01-01,0.0,12.8,5.0,4.7,drizzle'
/** How long its server may take to start, in ms. */
const PATIENCE = 120_000

const servers: ChildProcess[] = []
afterAll(async () => {
  for (const server of servers) {
    server.kill()
    if (server.exitCode === null) await once(server, 'exit')
  }
})

test('Prefect starts tasks, whose work is done if it must be; assets tell the commit', async () => {
  const interpreter = newestWith('prefect', PACKAGES)
  const port = await freePort()
  const api = `http://127.0.0.1:${port}/api`
  const telemetry = { PREFECT_SERVER_ANALYTICS_ENABLED: 'false', DO_NOT_TRACK: '1' }
  const example = new Example('prefect', { ...telemetry, PREFECT_API_URL: api }, [dirname(interpreter)])
  example.requirePasted('docs/prefect.md', ['flow.py'])
  await startServer(interpreter, port, { ...telemetry, HOME: example.folder })
  const flow = (): { said: string; run: string } => {
    const said = example.run(['python', 'flow.py'])
    return { said, run: said.match(/ run ([0-9a-f-]{36})$/m)![1]! }
  }

  const first = flow()
  expect(first.said).toContain("['2015-12', '2014-03', '2015-11'] 5 ")
  expect(example.recorded(first.run)).toEqual([
    'days load weather',
    'days save days',
    'kinds load days',
    'kinds save kinds',
    'months load days',
    'months save months',
    'weather save weather',
    'wettest load months',
  ])
  const [days] = example.tells('tables').tables
  expect(await metadataOf(api, 'doltflow://seattle/days')).toMatchObject({
    table: 'days',
    commit: days.lastCommit.hash,
    hash: days.hash,
    rows: 1461,
    step: 'done',
  })

  // Nothing changed: no work is done, and no commit is made.
  const head = example.head()
  const second = flow()
  expect(second.said).toMatch(/wettest\S* - Finished in state Cached/)
  expect(example.steps(second.run)).toEqual({ days: 'skipped', kinds: 'skipped', months: 'skipped' })
  expect(example.head()).toBe(head)

  // A task fails after another one saved: nobody sees it.
  example.edit('seattle-weather.csv', FIRST_DAY, FIRST_DAY.replace(',0.0,', ',wet,'))
  const failed = example.run(['doltflow', 'run', '--id', 'night', '--', 'python', 'flow.py'], { status: 1 })
  expect(failed).toContain('TypeError')
  expect(example.head()).toBe(head)
  expect(example.recorded('night')).toContain('weather save weather')

  // The run goes on. Another weather, the same rain: what reads the rain alone has its result.
  example.edit('seattle-weather.csv', ',wet,', ',0.0,')
  example.edit('seattle-weather.csv', FIRST_DAY, FIRST_DAY.replace('drizzle', 'sun'))
  const night = example.run(['doltflow', 'run', 'resume', 'night', '--', 'python', 'flow.py'])
  expect(night).toMatch(/wettest\S* - Finished in state Cached/)
  expect(example.steps('night')).toEqual({ days: 'done', kinds: 'done', months: 'skipped' })
  expect(example.tells('show', 'main').tables.map(({ table }: any) => table)).toEqual(['days', 'kinds', 'weather'])
})

async function startServer(python: string, port: number, env: Record<string, string>): Promise<void> {
  const words = ['server', 'start', '--host', '127.0.0.1', '--port', String(port)]
  const server = spawn(join(dirname(python), 'prefect'), words, { env: { ...process.env, ...env }, stdio: 'ignore' })
  servers.push(server)
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await setTimeout(200)) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/health`).catch(() => undefined)
    if (answer?.ok) return
    if (server.exitCode !== null) break
  }
  throw new Error(`Prefect's server didn't start: ${server.exitCode ?? 'it did not answer'}`)
}

/** What the server was told of an asset. */
async function metadataOf(api: string, asset: string): Promise<unknown> {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await setTimeout(200)) {
    const answer = await fetch(`${api}/events/filter`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ filter: { event: { prefix: ['prefect.asset.materialization.succeeded'] } } }),
    })
    const { events } = (await answer.json()) as { events: { resource: Record<string, string>; payload: unknown }[] }
    const found = events.find(({ resource }) => resource['prefect.resource.id'] === asset)
    if (found) return found.payload
  }
  throw new Error(`Prefect's server knows nothing of ${asset}`)
}
