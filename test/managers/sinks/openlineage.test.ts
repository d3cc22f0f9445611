import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { open, openLineageSink } from '../../../dist/index.js'
import { Receiver } from '../../sinks/receiver.ts'
import { environment, pythons } from '../pythons.ts'

const folder = mkdtempSync(join(tmpdir(), 'doltflow-openlineage-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the official client reads every event as it was written, and a server has the same', async () => {
  const python = pythons().at(-1)
  expect(python, 'no python3 of 3.10 to 3.13 with venv is on PATH').toBeDefined()
  const interpreter = environment(python!, 'openlineage', ['openlineage-python==1.54.0'])
  const path = join(folder, 'events.jsonl')
  const receiver = new Receiver()
  await receiver.start()
  const toServer = openLineageSink({ target: receiver.url, namespace: 'nights', apiKey: 'secret-key' })
  const db = await open(join(folder, 'pipeline.db'), {
    sinks: [openLineageSink({ target: path, namespace: 'nights' }), toServer],
  })
  writeFileSync(join(folder, 'raw "1".csv'), 'id,price\n1,0.50\n2,12.00\n')
  await db.run({ id: 'night:1' }, async (run) => {
    await run.save('raw', join(folder, 'raw "1".csv'), { key: 'id', step: 'ingest' })
    await run.load('raw', join(folder, 'out.csv'), { step: 'clean' })
    await run.load({ sql: 'SELECT count(*) AS n FROM raw' }, join(folder, 'n.csv'), { step: 'clean' })
    await run.save('clean', [{ id: 1, a: 'é' }], { key: 'id', step: 'clean', source: 'kedro:clean' })
  })
  const failing = db.run({ id: 'night 2' }, () => Promise.reject(new Error('a step broke')))
  await expect(failing).rejects.toThrow('a step broke')
  await db.drop('clean')
  await db.close()
  const events = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(execFileSync(interpreter, ['test/managers/sinks/read_lineage.py', path], { encoding: 'utf8' }).trim()).toBe(
    String(events.length),
  )
  const told = events.map(({ eventType, job }) => `${eventType} ${job.name}`)
  expect(told).toEqual([
    'START runs of pipeline.db',
    'START ingest',
    'COMPLETE ingest',
    'START clean',
    'RUNNING clean',
    'START clean',
    'RUNNING clean',
    'START clean',
    'COMPLETE clean',
    'START merge main',
    'COMPLETE merge main',
    'COMPLETE runs of pipeline.db',
    'START runs of pipeline.db',
    'FAIL runs of pipeline.db',
    'START drop clean',
    'COMPLETE drop clean',
  ])
  const clean = events.filter(({ job }) => job.name === 'clean')
  expect(new Set(clean.map(({ run }) => run.runId)).size).toBe(1)
  expect(clean[0].run.facets.parent.run.runId).toBe(events[0].run.runId)
  const table = `${join(folder, 'pipeline.db')}#raw`
  const saved = events.find(({ eventType, job }) => eventType === 'COMPLETE' && job.name === 'ingest')
  expect(saved.inputs).toMatchObject([{ namespace: 'file', name: join(folder, 'raw "1".csv') }])
  expect(saved.outputs).toMatchObject([
    {
      namespace: 'file',
      name: table,
      facets: {
        schema: { fields: [{ name: 'id' }, { name: 'price' }] },
        version: { datasetVersion: expect.stringMatching(/^\w+$/) },
      },
      outputFacets: { outputStatistics: { rowCount: 2 } },
    },
  ])
  expect(clean.at(-1).inputs).toMatchObject([{ namespace: 'kedro', name: 'clean' }])
  expect(receiver.taken.map(({ body }) => `${body.eventType} ${body.job.name}`)).toEqual(told)
  expect(receiver.taken.every(({ path: at }) => at === '/api/v1/lineage')).toBe(true)
  expect(receiver.taken[0]!.headers.authorization).toBe('Bearer secret-key')
  expect(JSON.stringify(events)).not.toContain('secret-key')
  await receiver.stop()
})
