import { trace } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { open, openTelemetrySink } from '../../dist/index.js'

const exporter = new InMemorySpanExporter()
beforeAll(() => {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
})
afterAll(() => trace.disable())

test('a span for each action and for each run, as long as it took', async () => {
  const db = await open('memory:spans', { sinks: [openTelemetrySink()] })
  const saved = await db.save('foo', [{ id: 1 }], { key: 'id' })
  await db.run({ id: 'r1' }, async (run) => {
    await run.save('foo', [{ id: 1 }, { id: 2 }], { key: 'id', step: 'more' })
  })
  await expect(db.run({ id: 'r2' }, () => Promise.reject(new Error('broke')))).rejects.toThrow('broke')
  await db.close()
  const spans = exporter.getFinishedSpans()
  expect(spans.map(({ name }) => name)).toEqual([
    'doltflow save',
    'doltflow save',
    'doltflow merge',
    'doltflow run',
    'doltflow run',
  ])
  const [first, second, , published, failed] = spans
  expect(first!.attributes).toMatchObject({
    'doltflow.action': saved.id,
    'doltflow.table': 'foo',
    'doltflow.to_commit': saved.toCommit,
    'doltflow.rows': 1,
    'doltflow.changed': true,
  })
  expect(first!.attributes).not.toHaveProperty('doltflow.run')
  expect(first!.startTime[0] * 1000 + Math.round(first!.startTime[1] / 1e6)).toBe(Date.parse(saved.startedAt))
  expect(Math.round(first!.duration[0] * 1000 + first!.duration[1] / 1e6)).toBe(saved.durationMs)
  expect(second!.attributes).toMatchObject({ 'doltflow.run': 'r1', 'doltflow.step': 'more' })
  expect(published!.attributes).toMatchObject({ 'doltflow.run': 'r1', 'doltflow.event': 'published' })
  expect(published!.status.code).toBe(0)
  expect(failed!.status).toEqual({ code: 2, message: 'broke' })
})
